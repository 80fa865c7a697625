# Writes OUTPUT, a .cpp with the tables of FOLDER as raw string literals. Run
# as a script: cmake -DFOLDER=… -DOUTPUT=… -P. A literal has a limit of length
# in some compilers, so each line is one of its own.
set(made "// Generated from the tables of loadtest/simulator.\n")
string(APPEND made "#include \"loadtest/simulator/fact_tables.hpp\"\n\n")
string(APPEND made "namespace pgmuster::loadtest {\n")
foreach(table server_columns io_rows)
  string(APPEND made "\nstd::string_view ${table}_table() noexcept {\n  return")
  file(STRINGS "${FOLDER}/${table}.txt" lines)
  foreach(line IN LISTS lines)
    string(APPEND made "\n    \"${line}\\n\"")
  endforeach()
  string(APPEND made ";\n}\n")
endforeach()
string(APPEND made "\n} // namespace pgmuster::loadtest\n")
file(WRITE "${OUTPUT}" "${made}")
