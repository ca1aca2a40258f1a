#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>

#include <gtest/gtest.h>

namespace weir::test {

struct ChildEnd {
  bool finished = false;  // It came to the end of `work`; what failed in it has been printed.
  bool good = false;      // And no expectation failed.
};

// How far apart the calls are at which a test kills: all are tried where WEIR_EVERY_CALL is set, as
// make soak does it.
inline size_t CallsApart(size_t usual) {
  return std::getenv("WEIR_EVERY_CALL") == nullptr ? usual : 1;
}

// Runs `work` in a fork. The engine and the state can't be used on both sides of one, so a program
// that uses this uses them in children only.
template <typename Work>
ChildEnd InChild(const Work& work) {
  constexpr int kGood = 7;
  constexpr int kBad = 8;
  std::cout.flush();
  const pid_t child = fork();
  if (child == 0) {
    try {
      work();
    } catch (const std::exception& error) {
      std::cout << "thrown: " << error.what() << "\n";
      std::cout.flush();
      _exit(kBad);
    }
    std::cout.flush();
    _exit(testing::Test::HasFailure() ? kBad : kGood);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) {
    ADD_FAILURE() << "no child";
    return {};
  }
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return {code == kGood || code == kBad, code == kGood};
}

}  // namespace weir::test
