# Compiler, linker and sanitizer settings shared by every target.

option(TANDEM_TESTS "Build the unit and contract tests" ON)
option(TANDEM_BENCHMARKS "Build the micro and macro benchmarks" OFF)
option(TANDEM_FUZZERS "Build the libFuzzer targets" OFF)
set(TANDEM_SANITIZE "" CACHE STRING "Value of -fsanitize= (empty: none)")

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 16)
  message(FATAL_ERROR "Tandem needs clang 16 or newer (found ${CMAKE_CXX_COMPILER_ID} "
    "${CMAKE_CXX_COMPILER_VERSION}). Run scripts/setup, then configure with a preset: "
    "cmake --preset dev")
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    ${CCACHE_PROGRAM})
endif()

add_compile_options(-pthread -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Werror -Wno-error=deprecated-declarations -fno-omit-frame-pointer
  -fcolor-diagnostics "SHELL:-Xclang -fno-pch-timestamp")
add_compile_definitions(
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE BOOST_ALLOW_DEPRECATED_HEADERS
  BOOST_BEAST_USE_STD_STRING_VIEW
  # A call is some twenty coroutines deep: with two places, as asio has by default, most of their
  # frames would be allocated anew.
  BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=16)
add_link_options(-fuse-ld=lld)
# Where the preset links with -flto, what did not change is taken from here.
add_link_options(-Wl,--thinlto-cache-dir=${CMAKE_BINARY_DIR}/lto-cache)

# simdjson's kernels are chosen at compile time; this is what every x86-64 server since 2010 has.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  add_compile_options(-march=x86-64-v2 -mpclmul)
endif()

if(TANDEM_SANITIZE)
  add_compile_options(-fsanitize=${TANDEM_SANITIZE} -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${TANDEM_SANITIZE})
endif()
if(TANDEM_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
