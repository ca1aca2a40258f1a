#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <string>

#include "weir/base/error.h"
#include "weir/catalog/catalog.h"

namespace weir::catalog {

inline const Securable kMetastore{SecurableKind::kMetastore, "", "", ""};
inline const Securable kMain{SecurableKind::kCatalog, "main", "", ""};
inline const Securable kDefault{SecurableKind::kSchema, "main", "default", ""};

// A home of its own for a test, made by "ada".
class CatalogTest : public ::testing::Test {
 protected:
  ~CatalogTest() override { std::filesystem::remove_all(folder_); }

  static std::string MakeFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "weir-catalog-XXXXXX").string();
    return mkdtemp(name.data());
  }

  static TableInfo Table(const std::string& catalog, const std::string& schema,
                         const std::string& name, const std::string& location = "") {
    TableInfo info;
    info.id = "id-of-" + catalog + "-" + schema + "-" + name;
    info.name = {catalog, schema, name};
    info.owner = "ada";
    info.location = location.empty() ? "file:///home/w/tables/" + info.id : location;
    info.kind = location.empty() ? TableKind::kManaged : TableKind::kExternal;
    return info;
  }
  static TableInfo View(const std::string& name, const std::string& owner = "ada") {
    TableInfo info = Table("main", "default", name);
    info.kind = TableKind::kView;
    info.owner = owner;
    info.location = "";
    info.view = ViewDefinition{"SELECT 1 AS a", "main", "default", "{}"};
    return info;
  }

  struct Failure {
    ErrorCode code = ErrorCode::kInternal;
    std::string condition;
    std::string message;
  };
  static Failure FailureOf(const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      return {error.code(), error.condition(), error.what()};
    }
    ADD_FAILURE() << "no error";
    return {};
  }

  const std::string folder_ = MakeFolder();
  FakeClock clock_{Instant{1'000'000}};
  state::Database database_{folder_ + "/state.db"};
  Catalog catalog_{database_, clock_, "file:///home/w/tables", "ada", {"file:///home/w"}};
};

}  // namespace weir::catalog
