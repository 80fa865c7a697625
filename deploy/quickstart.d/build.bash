# When the program is built: only if a source is newer than the last build.

sources=(CMakeLists.txt CMakePresets.json cmake config codec routing drivers actors loadtest)
built_stamp=build/release/.quickstart

needs_build() {
  [[ -x build/release/pgmuster && -e $built_stamp ]] || return 0
  ((fleet == 0)) || [[ -x build/release/pgmuster-pgsim && -x build/release/pgmuster-sink ]] || return 0
  local present=() each
  for each in "${sources[@]}"; do [[ ! -e $each ]] || present+=("$each"); done
  # Folders too: a file that was taken away changes only its folder.
  [[ -n $(find "${present[@]}" -newer "$built_stamp" -print -quit) ]]
}

# A compiler here needs up to 1.2 GB; too many at once end in the OOM killer.
build_jobs() {
  local free_kb jobs
  free_kb=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
  jobs=$((free_kb / 1200000))
  ((jobs <= $(nproc))) || jobs=$(nproc)
  echo $((jobs > 0 ? jobs : 1))
}

build_program() {
  local log=build/quickstart-build.log
  if ! needs_build; then
    return 0
  fi
  local programs=(pgmuster)
  ((fleet == 0)) || programs+=(pgmuster-pgsim pgmuster-sink)
  mkdir -p build/release
  : >"$log"
  # What is edited while the compiler runs is newer than this.
  touch "$built_stamp.begun"
  with_progress "configuring" "$log" cmake --preset release
  with_progress "building pgmuster (some minutes the first time)" "$log" \
    cmake --build build/release -j "$(build_jobs)" --target "${programs[@]}"
  mv "$built_stamp.begun" "$built_stamp"
}
