#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/temporary_folder.h"
#include "support/test_app.h"
#include "weir/pipeline/update.h"
#include "weir/state/database.h"

namespace weir::test {

// How an attempt of somebody ended. `code` is "" when it succeeded, with what it gave as `rows`.
struct Outcome {
  std::string code;
  std::string condition;
  std::string message;
  std::vector<std::string> rows;
  bool IsDenied() const { return code == "DENIED"; }
};
std::ostream& operator<<(std::ostream& out, const Outcome& outcome);

// A home with two principals: "admin", and "bob", who has every right there is except on the tables
// of one owner: main.default.secret, whose files are managed, and main.default.vault, whose files
// are in a folder of the machine. He may not even USE the schema main.hidden. What the tables hold
// and how they are made has names and values that stand nowhere else, so that a message that tells
// of them is seen. When a test ends, both tables' files and all the catalog knows of them are as
// they were.
class DeniedTable : public testing::Test {
 protected:
  DeniedTable();
  void TearDown() override;

  // Runs a statement and takes its rows.
  Outcome Try(session::Session& session, const std::string& sql);
  Outcome AsBob(const std::string& sql) { return Try(*bob_, sql); }
  // Fails the test unless it succeeds.
  std::vector<std::string> AsAdmin(const std::string& sql);

  // The statement is refused for lack of a right, tells nothing, and the refusal is on record.
  void ExpectDenied(const std::string& sql);
  // Whether a text tells of what is in the tables, how they are made or where they are. What the
  // one who asks wrote does not count.
  static std::string ToldBy(const std::string& message, const std::string& asked,
                            const std::vector<std::string>& places);
  void ExpectTellsNothing(const Outcome& outcome, const std::string& asked) const;
  // How many refusals of bob's statements are on record.
  int64_t Refusals();

  // The folder of a table, and one data file in it, as paths of the machine.
  std::string FolderOf(const std::string& table);
  std::string DataFileOf(const std::string& table);

  // Writes a pipeline's project into `<folder>/projects/<name>`, of the schema main.sandbox.
  pipeline::Spec Project(const std::string& name, const std::string& sql,
                         const std::string& storage = "storage");
  // The same of one Python file.
  pipeline::Spec PythonProject(const std::string& name, const std::string& text);
  // As `weir pipeline dry-run`: what is wrong with it.
  Diagnostics Check(session::Session& session, const pipeline::Spec& spec);
  // As `weir pipeline run`, but that admin checked the project and bob runs it.
  pipeline::UpdateReport RunAsBob(const pipeline::Spec& spec);

  std::unique_ptr<session::Session> NewSession(const std::string& principal) {
    return app_.NewSession(principal, folder_ / "work");
  }
  catalog::Catalog& catalog() { return app_.app().catalog(); }

  // More that a message must not tell: what else is denied, and where it is.
  std::vector<std::string> more_places_;

  TemporaryFolder folder_;
  TestApp app_{folder_ / "home"};
  std::unique_ptr<session::Session> admin_ = NewSession("admin");
  std::unique_ptr<session::Session> bob_ = NewSession("bob");
  // What is on record, read as another process would.
  SystemClock clock_;
  std::unique_ptr<state::Database> state_;

 private:
  std::string Everything();

  std::string before_;
};

// The sub-query that reads the denied table, for the place of "{}" in a text.
std::string Filled(std::string text, const std::string& with);

}  // namespace weir::test
