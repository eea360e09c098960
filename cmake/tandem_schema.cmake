# tandem_schema(name [TARGET target] [NOUN noun] [DIRECTORY folder])
#   Embeds schema/NNNN_<what>.sql of the calling folder into tandem_<name>, as
#   `std::span<const store::Migration> tandem::<noun>::migrations()` in "<noun>/schema.h".
#   A file NNNN_<what>.postgres.sql beside it replaces the translated SQL on PostgreSQL.
#   Call it after tandem_library(NAME name); the library must depend on tandem_store.
function(tandem_schema name)
  cmake_parse_arguments(ARG "" "TARGET;NOUN;DIRECTORY" "" ${ARGN})
  if(NOT ARG_TARGET)
    set(ARG_TARGET tandem_${name})
  endif()
  if(NOT ARG_NOUN)
    set(ARG_NOUN ${name})
  endif()
  if(NOT ARG_DIRECTORY)
    set(ARG_DIRECTORY schema)
  endif()
  get_filename_component(folder ${ARG_DIRECTORY} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})

  file(GLOB files CONFIGURE_DEPENDS ${folder}/*.sql)
  list(SORT files)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
  set(rows "")
  set(expected 1)
  foreach(file IN LISTS files)
    get_filename_component(file_name ${file} NAME)
    if(file_name MATCHES "\\.postgres\\.sql$")
      string(REGEX REPLACE "\\.postgres\\.sql$" ".sql" portable ${file_name})
      if(NOT EXISTS ${folder}/${portable})
        message(FATAL_ERROR "${file} replaces ${portable} on PostgreSQL, but that file is missing")
      endif()
      continue()
    endif()
    if(NOT file_name MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)\\.sql$")
      message(FATAL_ERROR "${file} must be named NNNN_<what>.sql, as in 0001_keys_create.sql")
    endif()
    set(digits ${CMAKE_MATCH_1})
    set(what ${CMAKE_MATCH_2})
    math(EXPR number "1${digits} - 10000")
    if(NOT number EQUAL expected)
      message(FATAL_ERROR "${file} has number ${number}; the next migration of ${ARG_NOUN} is ${expected}")
    endif()
    math(EXPR expected "${expected} + 1")

    file(READ ${file} sql)
    set(postgres_sql "")
    if(EXISTS ${folder}/${digits}_${what}.postgres.sql)
      file(READ ${folder}/${digits}_${what}.postgres.sql postgres_sql)
    endif()
    string(APPEND rows "    {\"${ARG_NOUN}\", ${number}, \"${what}\",\n"
      "     R\"tandem_sql(${sql})tandem_sql\",\n     R\"tandem_sql(${postgres_sql})tandem_sql\"},\n")
  endforeach()
  if(NOT rows)
    message(FATAL_ERROR "tandem_schema(${name}): no *.sql in ${folder}")
  endif()

  set(generated ${CMAKE_BINARY_DIR}/generated)
  string(CONCAT header "// Made by cmake/tandem_schema.cmake from ${ARG_NOUN}'s schema folder.\n#pragma once\n\n"
    "#include <span>\n\n#include \"store/migrations.h\"\n\nnamespace tandem::${ARG_NOUN} {\n\n"
    "std::span<const store::Migration> migrations();\n\n}  // namespace tandem::${ARG_NOUN}\n")
  string(CONCAT source "// Made by cmake/tandem_schema.cmake from ${ARG_NOUN}'s schema folder.\n"
    "#include \"${ARG_NOUN}/schema.h\"\n\nnamespace tandem::${ARG_NOUN} {\n\n"
    "std::span<const store::Migration> migrations() {\n"
    "  static constexpr store::Migration kMigrations[] = {\n${rows}  };\n  return kMigrations;\n}\n\n"
    "}  // namespace tandem::${ARG_NOUN}\n")
  tandem_schema_write(${generated}/${ARG_NOUN}/schema.h "${header}")
  tandem_schema_write(${generated}/${ARG_NOUN}/schema.cc "${source}")
  target_sources(${ARG_TARGET} PRIVATE ${generated}/${ARG_NOUN}/schema.cc)
  target_include_directories(${ARG_TARGET} PUBLIC ${generated})
endfunction()

# Writes only what changed, so that nothing is compiled again without need.
function(tandem_schema_write path content)
  if(EXISTS ${path})
    file(READ ${path} old)
    if(old STREQUAL content)
      return()
    endif()
  endif()
  file(WRITE ${path} "${content}")
endfunction()
