# cmake -DSOURCE=<root> -DVERSION=<x.y.z> -DOUTPUT=<file> -P commit.cmake
# Writes the C++ source that knows which version and commit the program is built from. It runs
# before each build and touches the file only when the answer has changed.
set(commit "")
execute_process(COMMAND git -C ${SOURCE} rev-parse --show-cdup OUTPUT_VARIABLE above
                RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(failed EQUAL 0 AND above STREQUAL "")
  execute_process(COMMAND git -C ${SOURCE} rev-parse --short=12 HEAD OUTPUT_VARIABLE commit
                  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  execute_process(COMMAND git -C ${SOURCE} diff --quiet HEAD -- RESULT_VARIABLE changed)
  if(commit AND NOT changed EQUAL 0)
    string(APPEND commit ", changed")
  endif()
endif()

file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#include "weir/app/version.h"

namespace weir::app {

std::string_view Version() { return "@VERSION@"; }

std::string_view Commit() { return "@commit@"; }

}  // namespace weir::app
]])
