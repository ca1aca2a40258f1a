#include "weir/app/prompt/completion.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "weir/app/prompt/cursor_place.h"
#include "weir/app/prompt/named_tables.h"
#include "weir/app/prompt/statement_input.h"
#include "weir/catalog/catalog.h"
#include "weir/sql/functions.h"
#include "weir/sql/keyword_positions.h"

namespace weir::app {
namespace {

using Words = std::vector<std::string>;

char Lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
bool IsUpper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }

bool SameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return Lower(x) == Lower(y); });
}

bool BeginsWith(std::string_view word, std::string_view beginning) {
  return word.size() >= beginning.size() && SameName(word.substr(0, beginning.size()), beginning);
}

std::string InCase(std::string_view word, bool upper) {
  std::string changed(word);
  for (char& c : changed) {
    c = upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : Lower(c);
  }
  return changed;
}

// The statement around the cursor, as far as completion looks at it.
class Completer {
 public:
  Completer(const std::string& before, const std::string& statement, const CompletionNames& names)
      : before_(before), place_(PlaceAtEndOf(before)), tokens_(statement), names_(names) {}

  const CursorPlace& place() const { return place_; }

  Words Candidates() {
    switch (place_.wanted) {
      case Wanted::kNothing:
        return {};
      case Wanted::kKeyword:
        break;
      case Wanted::kExpression:
        if (NameMayStand()) AddExpression();
        break;
      case Wanted::kTable:
        if (NameMayStand()) AddTables();
        break;
      case Wanted::kVolume:
        AddVolumes();
        break;
      case Wanted::kSchema:
        AddSchemas();
        break;
      case Wanted::kSchemaOrCatalog:
        AddSchemas();
        if (place_.qualifier.empty()) AddNames(names_.Catalogs());
        break;
      case Wanted::kCatalog:
        if (place_.qualifier.empty()) AddNames(names_.Catalogs());
        break;
      case Wanted::kSetting:
        AddSettings();
        break;
      case Wanted::kPrivilege:
        AddPrivileges();
        return Sorted();
      case Wanted::kFile:
        for (const std::string& path : names_.Files(place_.typed)) found_.insert(path);
        return Sorted();
    }
    if (place_.allows_keywords) AddKeywords();
    return Sorted();
  }

 private:
  bool NameMayStand() const { return sql::NameMayStandAt(before_.substr(0, place_.name_begin)); }

  // `name` with `suffix`, where the last part of the name under the cursor may become it.
  void AddName(const std::string& name, const std::string& suffix = "") {
    if (BeginsWith(name, place_.typed)) found_.insert(Written(name) + suffix);
  }
  // In backticks where SQL needs them.
  std::string Written(const std::string& name) const {
    const bool is_keyword = sql::FindKeyword(name) != sql::Keyword::kNone;
    const bool is_plain = !is_keyword || sql::IsPlainNameAt(before_.substr(0, place_.begin), name);
    return is_plain ? catalog::QuoteName(name) : "`" + name + "`";
  }
  void AddNames(const Words& names, const std::string& suffix = "") {
    for (const std::string& name : names) AddName(name, suffix);
  }

  void AddTables() {
    const Words& qualifier = place_.qualifier;
    if (qualifier.size() == 2) return AddNames(names_.Tables(qualifier[0], qualifier[1]));
    if (qualifier.size() == 1) {
      AddNames(names_.Tables(names_.CurrentCatalog(), qualifier[0]));
      return AddNames(names_.Schemas(qualifier[0]), ".");
    }
    if (!qualifier.empty()) return;
    AddNames(names_.Tables(names_.CurrentCatalog(), names_.CurrentSchema()));
    AddNames(NamedQueries(tokens_));
    AddNames(names_.Schemas(names_.CurrentCatalog()), ".");
    AddNames(names_.Catalogs(), ".");
    if (!place_.typed.empty()) AddCallable("read_files");
  }

  void AddVolumes() {
    const Words& qualifier = place_.qualifier;
    if (qualifier.size() == 2) return AddNames(names_.Volumes(qualifier[0], qualifier[1]));
    if (qualifier.size() == 1) {
      AddNames(names_.Volumes(names_.CurrentCatalog(), qualifier[0]));
      return AddNames(names_.Schemas(qualifier[0]), ".");
    }
    if (!qualifier.empty()) return;
    AddNames(names_.Volumes(names_.CurrentCatalog(), names_.CurrentSchema()));
    AddNames(names_.Schemas(names_.CurrentCatalog()), ".");
    AddNames(names_.Catalogs(), ".");
  }

  void AddSchemas() {
    const Words& qualifier = place_.qualifier;
    if (qualifier.size() == 1) AddNames(names_.Schemas(qualifier[0]));
    if (!qualifier.empty()) return;
    AddNames(names_.Schemas(names_.CurrentCatalog()));
    AddNames(names_.Catalogs(), ".");
  }

  void AddExpression() {
    const std::vector<NamedTable> tables = NamedTables(tokens_);
    if (!place_.qualifier.empty()) return AddQualified(tables);
    for (const NamedTable& table : tables) {
      AddName(table.alias.empty() ? table.name.back() : table.alias, ".");
      if (const auto schema = names_.Columns(table.name)) AddFields(schema->fields());
    }
    // All of them would bury the columns.
    if (place_.typed.empty()) return;
    for (const std::string& name : sql::FunctionNames()) {
      if (std::isalpha(static_cast<unsigned char>(name[0])) != 0) AddCallable(name);
    }
  }

  // The columns of the table that the qualifier names, or the fields of a column that is a struct.
  void AddQualified(const std::vector<NamedTable>& tables) {
    for (const NamedTable& table : tables) {
      const auto schema = names_.Columns(table.name);
      if (!schema) continue;
      AddBelow(*schema, 0);
      if (IsCalled(table, 1)) AddBelow(*schema, 1);
      if (table.alias.empty() && table.name.size() > 1 && IsCalled(table, table.name.size())) {
        AddBelow(*schema, table.name.size());
      }
    }
  }

  // Whether the first `parts` of the qualifier name that table.
  bool IsCalled(const NamedTable& table, size_t parts) const {
    const Words& qualifier = place_.qualifier;
    if (qualifier.size() < parts) return false;
    if (!table.alias.empty()) return parts == 1 && SameName(table.alias, qualifier[0]);
    return std::equal(table.name.end() - static_cast<ptrdiff_t>(parts), table.name.end(),
                      qualifier.begin(), SameName);
  }

  // What the qualifier's parts from `at` on lead to in a table.
  void AddBelow(const Schema& schema, size_t at) {
    std::vector<Field> fields = schema.fields();
    for (; at < place_.qualifier.size(); ++at) {
      const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) {
        return SameName(field.name, place_.qualifier[at]);
      });
      if (found == fields.end() || found->type.id() != TypeId::kStruct) return;
      const std::vector<Field> inner = found->type.fields();
      fields = inner;
    }
    AddFields(fields);
  }

  void AddFields(const std::vector<Field>& fields) {
    for (const Field& field : fields) AddName(field.name);
  }

  void AddCallable(const std::string& name) {
    if (BeginsWith(name, place_.typed)) found_.insert(InCase(name, TypesUpper(false)) + "(");
  }

  void AddSettings() {
    std::string typed;
    for (const std::string& part : place_.qualifier) typed += part + ".";
    for (const std::string& setting : names_.Settings()) {
      const std::string whole = typed + place_.typed;
      if (BeginsWith(setting, whole)) found_.insert(setting.substr(typed.size()));
    }
  }

  void AddPrivileges() {
    for (int i = 0; i <= static_cast<int>(catalog::Privilege::kAllPrivileges); ++i) {
      const auto name = catalog::PrivilegeName(static_cast<catalog::Privilege>(i));
      if (BeginsWith(name, place_.typed)) found_.insert(InCase(name, TypesUpper(true)));
    }
    if (BeginsWith("ON", place_.typed)) found_.insert(InCase("ON", TypesUpper(true)));
  }

  void AddKeywords() {
    const std::string before = before_.substr(0, place_.name_begin);
    std::vector<sql::Keyword> keywords = sql::KeywordsAt(before, place_.typed);
    for (const sql::Keyword keyword : keywords) {
      found_.insert(InCase(sql::KeywordText(keyword), TypesUpper(true)));
    }
  }

  // Words of the language come in the case that is being typed: that of this word, else of the last
  // keyword before.
  bool TypesUpper(bool otherwise) const {
    if (!place_.typed.empty()) return IsUpper(place_.typed[0]);
    for (size_t i = tokens_.size(); i-- > 0;) {
      if (tokens_[i].end > place_.name_begin || tokens_[i].keyword == sql::Keyword::kNone) continue;
      return IsUpper(tokens_.Text(i)[0]);
    }
    return otherwise;
  }

  Words Sorted() const { return {found_.begin(), found_.end()}; }

  const std::string before_;
  const CursorPlace place_;
  const Tokens tokens_;
  const CompletionNames& names_;
  std::set<std::string> found_;
};

}  // namespace

Completion Complete(const std::string& text, size_t cursor, const CompletionNames& names) {
  const size_t begin = EndOf(std::string_view(text).substr(0, cursor)).statements;
  const std::string before = text.substr(begin, cursor - begin);
  std::string statement = text.substr(begin);
  const Tokens tokens(statement);
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (!tokens.Is(i, sql::TokenKind::kSemicolon)) continue;
    statement.resize(std::max(tokens[i].begin, before.size()));
    break;
  }
  Completer completer(before, statement, names);
  Completion completion;
  completion.candidates = completer.Candidates();
  completion.begin = begin + completer.place().begin;
  completion.end = cursor;
  completion.is_quoted = completer.place().is_quoted;
  return completion;
}

}  // namespace weir::app
