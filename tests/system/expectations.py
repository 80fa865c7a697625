"""What a system test found wrong so far; it goes on after each."""

failures = []


def expect(holds, words, told=""):
    """`told`: what a person wants to read when it does not hold."""
    if not holds:
        failures.append(words)
        print("FAILED:", words, flush=True)
        if told:
            print(told, flush=True)
    return holds


def say(words):
    print(f"-- {words}", flush=True)
