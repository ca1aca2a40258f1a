#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "weir/pipeline/graph.h"
#include "weir/pipeline/project.h"
#include "weir/session/session.h"

namespace weir::pipeline {

// A project of which everything is known that can be known before it runs.
struct CheckedProject {
  std::unique_ptr<Project> project;
  std::unique_ptr<Graph> graph;
  std::map<catalog::QualifiedName, Schema> schemas;  // Of every dataset.
  // What is wrong with each; those that read from one of these are in neither map.
  std::map<catalog::QualifiedName, Diagnostics> wrong;
};

// Whether an update may begin in spite of what was found: all of it is about what single datasets
// read (a source out of reach, columns that no table can have), and nothing about the project's
// text. Those datasets then fail, and what reads from them is skipped.
bool MayBegin(const CheckedProject& checked, const Diagnostics& found);

// Reads, parses, orders and binds a whole project and appends all that is wrong with it: syntax,
// names, types, cycles, claims. Changes nothing. The result is complete when nothing was appended.
// `anew`: whether a full refresh is to empty a table first.
CheckedProject CheckProject(const Spec& spec, session::Session& session, Diagnostics& diagnostics,
                            const std::function<bool(const catalog::QualifiedName&)>& anew = {});
// The same for a project that was read.
CheckedProject CheckLoaded(std::unique_ptr<Project> project, session::Session& session,
                           Diagnostics& diagnostics,
                           const std::function<bool(const catalog::QualifiedName&)>& anew = {});

}  // namespace weir::pipeline
