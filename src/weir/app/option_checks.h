#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace weir::app {

// What options may be given, checked and converted, each with a message that says what to write.

// One of `words`, in any case: the option becomes its position among them.
CLI::Validator PositionAmong(std::vector<std::string> words);
// One of `words`, as it is.
CLI::Validator OneOf(std::vector<std::string> words);
CLI::Validator CountBetween(int least, int most);
// "4GB": bytes; at least 64MB.
CLI::Validator MemorySize();
// "5s": milliseconds.
CLI::Validator Duration();

// What is wrong with a command line that `app` refused for want of a command or of an option's
// value; else what CLI11 says.
std::string WhatIsWrong(const CLI::App& app, const CLI::ParseError& error);

}  // namespace weir::app
