#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "weir/pipeline/cases/cell.h"

namespace weir::pipeline {
namespace {

constexpr int kDeepest = 100;

class YamlReader {
 public:
  YamlReader(const std::shared_ptr<const SourceText>& source, Diagnostics& diagnostics)
      : source_(source), diagnostics_(diagnostics) {}

  Cell Read(const YAML::Node& node) {
    Cell cell;
    cell.span = SpanOf(node);
    // Anchors can make a node hold itself.
    if (++depth_ > kDeepest) {
      if (!too_deep_) diagnostics_.push_back(CaseProblem(cell.span, "nested too deeply"));
      too_deep_ = true;
    } else if (node.IsScalar()) {
      cell.kind = Cell::Kind::kText;
      cell.text = node.Scalar();
      cell.quoted = node.Tag() == "!";
      cell.base64 = node.Tag() == "tag:yaml.org,2002:binary";
    } else if (node.IsSequence()) {
      cell.kind = Cell::Kind::kList;
      for (const auto& item : node) {
        if (!too_deep_) cell.items.push_back(Read(item));
      }
    } else if (node.IsMap()) {
      cell.kind = Cell::Kind::kMembers;
      for (const auto& member : node) {
        if (too_deep_) break;
        cell.names.push_back(Read(member.first));
        cell.items.push_back(Read(member.second));
      }
    }
    --depth_;
    return cell;
  }

  Span SpanOf(const YAML::Mark& mark, size_t length) const {
    const size_t begin = mark.is_null() ? 0 : static_cast<size_t>(mark.pos);
    const size_t at = std::min(begin, source_->text.size());
    const size_t line_end = std::min(source_->text.find('\n', at), source_->text.size());
    return {source_, at, length > 0 ? std::min(at + length, line_end) : line_end};
  }

 private:
  Span SpanOf(const YAML::Node& node) const {
    const Span line = SpanOf(node.Mark(), 0);
    const bool plain =
        node.IsScalar() && !node.Scalar().empty() && line.Text().starts_with(node.Scalar());
    return plain ? SpanOf(node.Mark(), node.Scalar().size()) : line;
  }

  const std::shared_ptr<const SourceText>& source_;
  Diagnostics& diagnostics_;
  int depth_ = 0;
  bool too_deep_ = false;
};

}  // namespace

std::vector<Cell> ParseYaml(const std::shared_ptr<const SourceText>& source,
                            Diagnostics& diagnostics) {
  std::vector<Cell> documents;
  YamlReader reader(source, diagnostics);
  try {
    for (const YAML::Node& document : YAML::LoadAll(source->text)) {
      documents.push_back(reader.Read(document));
    }
  } catch (const YAML::Exception& error) {
    diagnostics.push_back(
        CaseProblem(reader.SpanOf(error.mark, 0), "not valid YAML: " + error.msg));
  }
  return documents;
}

}  // namespace weir::pipeline
