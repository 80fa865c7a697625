# Writes OUTPUT, which says the commit that FOLDER is at; touched only when that
# changes, so that a build is not made anew for it.
set(commit "")
find_package(Git QUIET)
if(GIT_FOUND)
  execute_process(
    COMMAND ${GIT_EXECUTABLE} describe --always --dirty --abbrev=10 --exclude=*
    WORKING_DIRECTORY ${FOLDER}
    OUTPUT_VARIABLE commit
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
file(
  WRITE ${OUTPUT}.new
  "#include \"actors/commands/commit.hpp\"\n\nnamespace pgmuster::commands {\n\n"
  "const char* commit_text() noexcept {\n  return \"${commit}\";\n}\n\n"
  "} // namespace pgmuster::commands\n")
execute_process(COMMAND ${CMAKE_COMMAND} -E copy_if_different ${OUTPUT}.new
                        ${OUTPUT})
