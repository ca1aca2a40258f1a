#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "weir/connect/files/option_table.h"
#include "weir/connect/source.h"
#include "weir/types/data_type.h"

namespace weir::connect {

// Who was given the options, for messages: "read_files", "COPY INTO".
std::string CallerOf(const OpenContext& context);

// The arguments of read_files by lower-case name, with everything wrong about them.
class OptionCheck {
 public:
  // Both outlive it.
  OptionCheck(const std::vector<Argument>& arguments, const OpenContext& context);

  const std::string& path() const { return path_; }
  const std::string& format() const { return format_; }

  bool Has(const std::string& name) const { return Text(name).has_value(); }
  std::optional<std::string> Text(const std::string& name) const;
  bool Flag(const std::string& name, bool otherwise) const;
  std::optional<Schema> Columns(const std::string& name);
  // All that were given and are supported: FileOptions::record_options.
  std::map<std::string, std::string> RecordOptions() const;

  void Refuse(const std::string& name, const std::string& message, const std::string& hint);
  // Throws DiagnosticError with all that was found wrong so far.
  void Finish() const;

 private:
  struct Given {
    const OptionInfo* info;
    std::string text;
    Span span;
  };

  void Report(const std::string& condition, const Span& span, const std::string& message,
              const std::string& hint);
  void Take(const Argument& argument);
  void TakePath(const Argument& argument);
  bool IsAccepted(const OptionInfo& info, const std::string& text, const Span& span);
  void ReportUnknown(const Argument& argument, const std::string& name);
  void ChooseFormat();
  void CheckFormat(const Given& given);

  const OpenContext& context_;
  bool validates_ = true;  // Unknown options are mistakes.
  bool has_path_ = false;
  std::string path_;
  std::string format_;
  std::map<std::string, Given> given_;
  Diagnostics found_;
};

}  // namespace weir::connect
