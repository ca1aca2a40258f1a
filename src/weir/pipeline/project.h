#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "weir/pipeline/spec.h"
#include "weir/session/dataset.h"

namespace weir::pipeline {

// A pipeline project as its files declare it. Not copyable: scopes point into `datasets`.
struct Project {
  Spec spec;
  std::map<catalog::QualifiedName, session::Dataset> datasets;
  // Those whose definition has a ${key} without a value: their queries are not the ones meant, so
  // nothing more can be said of them.
  std::set<catalog::QualifiedName> incomplete;

  Project() = default;
  Project(const Project&) = delete;
  Project& operator=(const Project&) = delete;

  // A fresh scope in which the project's flows are bound.
  session::PipelineScope Scope() const;
};

// Reads every source file of the spec, in any order, and collects datasets and flows. Appends all
// mistakes of syntax and of definition (a name used twice, a flow without target, ...) to
// `diagnostics`; what could be read is in the project.
std::unique_ptr<Project> LoadProject(const Spec& spec, Diagnostics& diagnostics);

// `text` with every ${key} replaced from `configuration`; an unknown key is a diagnostic and stays.
std::string Substitute(const std::string& file, const std::string& text,
                       const std::map<std::string, std::string>& configuration,
                       Diagnostics& diagnostics);

}  // namespace weir::pipeline
