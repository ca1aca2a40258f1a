# weir_library(<folder> [DEPS <folders>...] [LIBS <targets>...] [DUCKDB])
#   One folder of src/weir is one static library weir_<folder> ('/' becomes '_'), of all its *.cc
#   but tests. DUCKDB gives it the engine's headers, behind a precompiled header.
# weir_test(<folder> [DEPS <folders>...] [LIBS <targets>...])
#   All *_test.cc of the folder in one program, which is the ctest of the folder's name.

# Half of the time that a file takes to compile are its headers: several are compiled as one. So what
# is local to files of a folder needs names that differ within it.
function(weir_together target)
  if(NOT WEIR_DEV)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    # A batch includes its files by their full paths. Those are to be neither in the program, whose
    # bytes do not depend on the folder it was built in, nor in what clones share through ccache.
    target_compile_options(${target} PRIVATE -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
  endif()
endfunction()

function(weir_library folder)
  cmake_parse_arguments(ARG "DUCKDB" "" "DEPS;LIBS;SOURCES" ${ARGN})
  string(REPLACE "/" "_" name ${folder})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  if(ARG_SOURCES)
    list(APPEND sources ${ARG_SOURCES})
  endif()
  if(NOT sources)
    return()
  endif()
  add_library(weir_${name} STATIC ${sources})
  weir_together(weir_${name})
  target_include_directories(weir_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  foreach(dep ${ARG_DEPS})
    string(REPLACE "/" "_" dep_name ${dep})
    if(TARGET weir_${dep_name})
      target_link_libraries(weir_${name} PUBLIC weir_${dep_name})
    endif()
  endforeach()
  target_link_libraries(weir_${name} PUBLIC ${ARG_LIBS})
  if(ARG_DUCKDB)
    # Private: its third-party headers must not stand before the system's own.
    target_link_libraries(weir_${name} PRIVATE duckdb::duckdb)
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/duckdb_pch.h)
      target_precompile_headers(weir_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/duckdb_pch.h)
    endif()
  endif()
endfunction()

function(weir_test folder)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS" ${ARGN})
  string(REPLACE "/" "_" name ${folder})
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc)
  if(NOT tests)
    return()
  endif()
  add_executable(${name}_test ${tests})
  weir_together(${name}_test)
  # What only calls the code under test need not be fast; a third of the tree is tests.
  target_compile_options(${name}_test PRIVATE -O0)
  if(TARGET weir_${name})
    target_link_libraries(${name}_test PRIVATE weir_${name})
  endif()
  foreach(dep ${ARG_DEPS})
    string(REPLACE "/" "_" dep_name ${dep})
    target_link_libraries(${name}_test PRIVATE weir_${dep_name})
  endforeach()
  target_link_libraries(${name}_test PRIVATE ${ARG_LIBS} GTest::gmock_main)
  add_test(NAME ${name} COMMAND ${name}_test WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
endfunction()

# weir_oracle_test(<name> <script> [ARGS...])
#   A ctest that runs a Python script, given from the root, with the other implementations installed
#   by tools/oracles. Label `oracle`: part of make test, not of make check. The script finds build/weir
#   in WEIR and the modules of test/oracles (such as spark) on its path.
function(weir_oracle_test name script)
  add_test(NAME ${name}
           COMMAND ${PROJECT_SOURCE_DIR}/.cache/oracles/venv/bin/python
                   ${PROJECT_SOURCE_DIR}/${script} ${ARGN}
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS oracle TIMEOUT 900 ENVIRONMENT
    "WEIR=${CMAKE_BINARY_DIR}/weir;PYTHONPATH=${PROJECT_SOURCE_DIR}/test/oracles;PYTHONDONTWRITEBYTECODE=1")
endfunction()
