#include "tests/drivers/postgres/fingerprint/statement_generator.hpp"

#include <array>
#include <random>

namespace pgmuster::postgres {

namespace {

class writer {
public:
  writer(std::uint64_t structure, std::uint64_t variation)
    : structure_(structure), variation_(variation) {
    // The parser's fingerprint takes digits at a name's end for a partition.
    made_.table = "t_";
    for (auto rest = structure; rest > 0; rest /= 26) {
      made_.table += static_cast<char>('a' + rest % 26);
    }
  }

  generated_statement query() && {
    if (choose(6) == 0) {
      write("WITH");
      write("recent");
      write("AS");
      write("(");
      select(0);
      write(")");
    }
    switch (choose(6)) {
    case 0:
      insert();
      break;
    case 1:
      update();
      break;
    case 2:
      write("DELETE");
      write("FROM");
      write(made_.table);
      where();
      break;
    default:
      select(2);
    }
    return std::move(made_);
  }

  generated_statement utility() && {
    // `%` is a string, `#` a number, `~` a bare word that is a value.
    static const std::array<const char*, 27> forms{
      "CREATE ROLE @ LOGIN PASSWORD %",
      "ALTER ROLE @ WITH ENCRYPTED PASSWORD % VALID UNTIL %",
      "ALTER ROLE @ SET my . token = %",
      "ALTER ROLE @ SET my . token TO ~",
      "ALTER USER @ PASSWORD %",
      "COPY @ FROM PROGRAM %",
      "COPY @ TO % WITH ( FORMAT csv , DELIMITER % )",
      "CREATE SUBSCRIPTION @ CONNECTION % PUBLICATION p",
      "ALTER SUBSCRIPTION @ CONNECTION %",
      "CREATE SERVER @ FOREIGN DATA WRAPPER w OPTIONS ( host % , port % )",
      "CREATE USER MAPPING FOR @ SERVER s OPTIONS ( user % , password % )",
      "ALTER USER MAPPING FOR @ SERVER s OPTIONS ( SET password % )",
      "SET @ . token = %",
      "SET LOCAL @ . token TO ~",
      "SET SESSION @ . level = #",
      "ALTER SYSTEM SET @ = %",
      "ALTER DATABASE @ SET my . x TO ~ , ~",
      "PREPARE q AS SELECT % , $1 FROM @",
      "EXECUTE @ ( % , # )",
      "DO %",
      "NOTIFY @ , %",
      "SECURITY LABEL ON TABLE @ IS %",
      "COMMENT ON TABLE @ IS %",
      "CREATE FUNCTION @ ( ) RETURNS int LANGUAGE sql AS %",
      "CREATE TABLE @ ( a text DEFAULT % , CHECK ( a <> % ) )",
      "CREATE VIEW @ AS SELECT % AS x , # AS y",
      "PREPARE TRANSACTION %"};
    const std::string form = forms.at(structure_() % forms.size());
    std::string word;
    for (const char c : form + " ") {
      if (c != ' ') {
        word += c;
        continue;
      }
      if (word == "@") {
        write(made_.table);
      } else if (word == "%") {
        write(string());
      } else if (word == "#") {
        write(number());
      } else if (word == "~") {
        write(std::string{planted} + std::to_string(variation_() % 100));
      } else {
        write(word);
      }
      word.clear();
    }
    return std::move(made_);
  }

private:
  std::size_t choose(std::size_t of) { return structure_() % of; }
  std::size_t vary(std::size_t of) { return variation_() % of; }

  /// A word in either case, with blanks or a comment before it.
  void write(std::string word) {
    static const std::array<const char*, 6> blanks{
      " ", "  ", "\n", "\t", " /* it's s3cr3t */ ", " -- \"s3cr3t\n"};
    auto& text = made_.text;
    if (!text.empty()) {
      text += blanks.at(vary(12) < 10 ? 0 : vary(blanks.size()));
    }
    const bool plain = word.find_first_of("'$\"\\") == std::string::npos;
    if (plain && keyword(word) && vary(3) == 0) {
      for (auto& c : word) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      }
    }
    text += word;
  }

  static bool keyword(const std::string& word) {
    return word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
           == std::string::npos;
  }

  std::string string() {
    const auto some = std::to_string(vary(1'000));
    switch (vary(9)) {
    case 0:
      return "'it''s s3cr3t " + some + "'";
    case 1:
      return R"(E'it\'s s3cr3t \\')";
    case 2:
      return "$$it's s3cr3t$$";
    case 3:
      return "$q1$ $$ 's3cr3t' $ $q$ " + some + "$q1$";
    case 4:
      return R"(U&'\0441 s3cr3t')";
    case 5:
      return "'-- s3cr3t /* '";
    case 6:
      return "e's3cr3t\\n\"'";
    case 7:
      return "''";
    default:
      return "'s3cr3t" + some + "'";
    }
  }

  std::string number() {
    switch (vary(5)) {
    case 0:
      return "- " + std::to_string(vary(100'000));
    case 1:
      return std::to_string(vary(1'000)) + "." + std::to_string(vary(100));
    case 2:
      return "-1.5e-" + std::to_string(vary(9));
    default:
      return std::to_string(variation_() % 1'000'000'000);
    }
  }

  std::string literal() { return vary(2) == 0 ? string() : number(); }

  std::string column() { return "c" + std::to_string(choose(8)); }

  void predicate() {
    write(column());
    switch (choose(6)) {
    case 0: {
      write("IN");
      write("(");
      const auto count = 1 + vary(5);
      for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) {
          write(",");
        }
        write(literal());
      }
      write(")");
      break;
    }
    case 1:
      write("LIKE");
      write(string());
      break;
    case 2:
      write("IS");
      write("NOT");
      write("NULL");
      break;
    case 3:
      write("BETWEEN");
      write(literal());
      write("AND");
      write(literal());
      break;
    default:
      write(choose(2) == 0 ? "=" : ">");
      write(literal());
    }
  }

  void where() {
    write("WHERE");
    predicate();
    for (auto more = choose(4); more > 0; --more) {
      write(choose(3) == 0 ? "OR" : "AND");
      predicate();
    }
  }

  void select(int depth) {
    write("SELECT");
    write(column());
    if (choose(3) == 0) {
      write(",");
      write("count(*)");
    }
    write("FROM");
    write(made_.table);
    if (choose(3) == 0) {
      write("JOIN");
      write("other");
      write("USING");
      write("(");
      write("id");
      write(")");
    }
    where();
    if (depth > 0 && choose(4) == 0) {
      write("AND");
      write("EXISTS");
      write("(");
      select(depth - 1);
      write(")");
    }
    if (choose(3) == 0) {
      write("ORDER");
      write("BY");
      write(column());
      write("LIMIT");
      write(std::to_string(vary(1'000)));
    }
  }

  void insert() {
    write("INSERT");
    write("INTO");
    write(made_.table);
    write("(");
    write("a");
    write(",");
    write("b");
    write(")");
    write("VALUES");
    const auto rows = 1 + vary(3);
    for (std::size_t row = 0; row < rows; ++row) {
      if (row > 0) {
        write(",");
      }
      write("(");
      write(literal());
      write(",");
      write(literal());
      write(")");
    }
  }

  void update() {
    write("UPDATE");
    write(made_.table);
    write("SET");
    write(column());
    write("=");
    write(literal());
    where();
  }

  generated_statement made_;
  std::mt19937_64 structure_;
  std::mt19937_64 variation_;
};

} // namespace

generated_statement generate_query(std::uint64_t structure,
                                   std::uint64_t variation) {
  return writer{structure, variation}.query();
}

generated_statement generate_utility(std::uint64_t structure,
                                     std::uint64_t variation) {
  return writer{structure, variation}.utility();
}

} // namespace pgmuster::postgres
