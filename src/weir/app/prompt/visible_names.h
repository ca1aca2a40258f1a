#pragma once

#include "weir/app/prompt/completion.h"
#include "weir/catalog/catalog.h"
#include "weir/session/session.h"

namespace weir::app {

// The names that a session's principal may see. Session and catalog outlive it.
class VisibleNames final : public CompletionNames {
 public:
  VisibleNames(const session::Session& session, const catalog::Catalog& catalog)
      : session_(session), catalog_(catalog) {}

  std::string CurrentCatalog() const override { return session_.options().catalog; }
  std::string CurrentSchema() const override { return session_.options().schema; }
  std::vector<std::string> Catalogs() const override;
  std::vector<std::string> Schemas(const std::string& catalog) const override;
  std::vector<std::string> Tables(const std::string& catalog,
                                  const std::string& schema) const override;
  std::vector<std::string> Volumes(const std::string& catalog,
                                   const std::string& schema) const override;
  std::optional<Schema> Columns(const std::vector<std::string>& name) const override;
  std::vector<std::string> Files(const std::string& beginning) const override;
  std::vector<std::string> Settings() const override;

 private:
  std::vector<std::string> NamesBelow(const std::string& folder) const;

  const session::Session& session_;
  const catalog::Catalog& catalog_;
};

}  // namespace weir::app
