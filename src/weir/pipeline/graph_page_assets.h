#pragma once

namespace weir::pipeline {

// Style and script of the page of a graph.
extern const char* const kGraphPageStyle;
extern const char* const kGraphPageScript;

}  // namespace weir::pipeline
