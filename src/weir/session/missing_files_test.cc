#include "weir/session/missing_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/base/clock.h"
#include "weir/base/error.h"
#include "weir/io/cancel_scope.h"
#include "weir/io/memory_store.h"

namespace weir::session {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct FilesOfTable {
  FilesOfTable() {
    for (const char* path : {"a b", "d"}) store->Put(std::string("t/") + path, "x");
    for (const char* path : {"a%20b", "b", "c", "d"}) {
      delta::AddFile file;
      file.path = path;
      files.push_back(std::move(file));
    }
    // The vector of PROTOCOL.md's example, whose file is not there.
    files.back().deletion_vector_json =
        R"({"storageType":"u","pathOrInlineDv":"ab^-aqEH.-t@S}K{vb[*k^","offset":4,)"
        R"("sizeInBytes":40,"cardinality":6})";
  }

  FakeClock clock{Instant{1'700'000'000'000'000}};
  std::shared_ptr<io::ObjectStore> store = std::make_shared<io::MemoryStore>(clock);
  io::Location location{store, "t/", "memory:///t"};
  std::vector<delta::AddFile> files;
};

TEST(MissingFilesTest, DataAndVectorsThatAreGoneAreFoundInOrder) {
  const FilesOfTable t;
  std::vector<std::string> found;
  for (const MissingFile& one : FindMissing(t.location, t.files)) {
    found.push_back(t.files[one.at].path + (one.data ? " data" : "") +
                    (one.deletion_vector ? " vector" : ""));
  }
  EXPECT_THAT(found, ElementsAre("b data", "c data", "d vector"));
}

TEST(MissingFilesTest, LookingForThemCanBeCalledOff) {
  const FilesOfTable t;
  const io::CancelScope scope([] { return true; });
  try {
    FindMissing(t.location, t.files);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCancelled);
  }
}

TEST(MissingFilesTest, AVersionWhoseFilesWereDeletedMeanwhileIsNamed) {
  FilesOfTable t;
  try {
    CheckCameBack(t.location, t.files, 7);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("version 7 of memory:///t is committed, but its file b"));
    EXPECT_THAT(error.what(), HasSubstr("3 of 4"));
  }
  t.files.resize(1);
  CheckCameBack(t.location, t.files, 7);
}

}  // namespace
}  // namespace weir::session
