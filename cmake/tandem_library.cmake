# tandem_library(NAME name [DEPS target...] [NO_PCH])
#   One static library for the calling folder: every *.cc below it except *_test.cc, *_bench.cc
#   and *_fuzz.cc. Tests become `tandem_<name>_tests`, benchmarks `tandem_<name>_bench`, each
#   fuzzer `<file>`; they link what the library links.
function(tandem_library)
  cmake_parse_arguments(ARG "NO_PCH" "NAME" "DEPS;TEST_DEPS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(library_sources ${sources})
  list(FILTER library_sources EXCLUDE REGEX "_(test|bench|fuzz)\\.cc$")
  list(FILTER library_sources EXCLUDE REGEX "/main\\.cc$")

  add_library(tandem_${ARG_NAME} STATIC ${library_sources})
  target_include_directories(tandem_${ARG_NAME} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(tandem_${ARG_NAME} PUBLIC ${ARG_DEPS})
  if(NOT ARG_NO_PCH)
    target_precompile_headers(tandem_${ARG_NAME} REUSE_FROM tandem_base)
  endif()

  set(test_sources ${sources})
  list(FILTER test_sources INCLUDE REGEX "_test\\.cc$")
  if(TANDEM_TESTS AND test_sources)
    add_executable(tandem_${ARG_NAME}_tests ${test_sources})
    target_link_libraries(tandem_${ARG_NAME}_tests PRIVATE
      tandem_${ARG_NAME} ${ARG_TEST_DEPS} GTest::gmock GTest::gtest_main)
    if(NOT ARG_NO_PCH)
      target_precompile_headers(tandem_${ARG_NAME}_tests REUSE_FROM tandem_base)
    endif()
    set_property(GLOBAL APPEND PROPERTY TANDEM_TEST_BINARIES tandem_${ARG_NAME}_tests)
  endif()

  set(bench_sources ${sources})
  list(FILTER bench_sources INCLUDE REGEX "_bench\\.cc$")
  if(TANDEM_BENCHMARKS AND bench_sources)
    add_executable(tandem_${ARG_NAME}_bench ${bench_sources})
    target_link_libraries(tandem_${ARG_NAME}_bench PRIVATE
      tandem_${ARG_NAME} benchmark::benchmark_main)
  endif()

  set(fuzz_sources ${sources})
  list(FILTER fuzz_sources INCLUDE REGEX "_fuzz\\.cc$")
  if(TANDEM_FUZZERS)
    foreach(source ${fuzz_sources})
      get_filename_component(name ${source} NAME_WE)
      add_executable(${name} ${source})
      target_link_libraries(${name} PRIVATE tandem_${ARG_NAME})
      target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    endforeach()
  endif()
endfunction()
