"""What a system test found wrong so far; it goes on after each."""

failures = []


def expect(holds, words):
    if not holds:
        failures.append(words)
        print("FAILED:", words, flush=True)
    return holds


def say(words):
    print(f"-- {words}", flush=True)
