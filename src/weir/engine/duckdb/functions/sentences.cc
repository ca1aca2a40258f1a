#include <algorithm>

#include "weir/engine/duckdb/functions/java_regex.h"
#include "weir/engine/duckdb/functions/registry.h"

// Texts as sentences of words, by the rules of java.text.BreakIterator that no locale changes.
namespace weir::engine {

namespace {

using duckdb::idx_t;
using duckdb::list_entry_t;
using duckdb::LogicalType;
using duckdb::Vector;

using Words = std::vector<std::string_view>;

class Breaks : public duckdb::FunctionLocalState {
 public:
  std::vector<Words> SentencesOf(std::string_view text) {
    std::vector<Words> sentences;
    for (size_t begin = 0; begin < text.size();) {
      const auto end = ends_.Find(text, begin);
      const size_t stop = end.empty() ? text.size() : std::max(end[1], begin + 1);
      sentences.push_back(WordsOf(text.substr(begin, stop - begin)));
      begin = stop;
    }
    return sentences;
  }

 private:
  Words WordsOf(std::string_view sentence) {
    Words words;
    for (size_t at = 0; at < sentence.size();) {
      const auto token = tokens_.Find(sentence, at);
      if (token.empty()) break;
      const bool word = token[2] != JavaRegex::kNone;  // Others begin with "$" and the like.
      if (word) words.push_back(sentence.substr(token[2], token[3] - token[2]));
      at = std::max(token[1], at + 1);
    }
    return words;
  }

  // After ! and ? at once; after full stops where two blanks follow, or one and a letter that is
  // not small; after the separator of paragraphs.
  static constexpr const char* kEnd =
      "[!?\\x{3002}\\x{FF01}\\x{FF1F}]+[\\p{Pe}\\p{Pf}\"']*[\\t\\r\\f\\n\\x{2028}\\p{Zs}]*\\x{2029}"
      "?"
      "|[.\\x{FF0E}]+[\\p{Pe}\\p{Pf}\"']*(?:[\\t\\r\\f\\n\\x{2028}\\p{Zs}]"
      "(?:[\\t\\r\\f\\n\\x{2028}\\p{Zs}]+|(?=[\\p{Ps}\\p{Pi}\"']*[\\p{Lu}\\p{Lt}\\p{Lo}\\p{Lm}]))"
      "|\\x{2029})"
      "|\\x{2029}";
  // Runs of one of the scripts of Japanese; or letters, joined by dashes and the like, and numbers.
  static constexpr const char* kToken =
      "[\\p{Sc}#.]\\p{Nd}+(?:[.,]\\p{Nd}+)*%?(?:\\p{L}|\\p{Nd})*"
      "|([\\x{4E00}-\\x{9FFF}\\x{3005}]+|[\\x{3041}-\\x{3096}]+|[\\x{30A1}-\\x{30FC}]+"
      "|(?:(?:(?![\\x{3005}-\\x{30FC}\\x{4E00}-\\x{9FFF}])[\\p{L}\\p{M}])+"
      "(?:[\\p{Pd}\\p{Pc}\\x{AD}\"'.](?:(?![\\x{3005}-\\x{30FC}\\x{4E00}-\\x{9FFF}])[\\p{L}\\p{M}])"
      "+)*"
      "|\\p{N}\\p{M}*(?:\\p{N}|[.,](?=\\p{N}))*%?)+)";

  JavaRegex ends_{kEnd, "sentences"};
  JavaRegex tokens_{kToken, "sentences"};
};

duckdb::unique_ptr<duckdb::FunctionLocalState> NewBreaks(duckdb::ExpressionState&,
                                                         const duckdb::BoundFunctionExpression&,
                                                         duckdb::FunctionData*) {
  return duckdb::make_uniq<Breaks>();
}

list_entry_t WriteWords(Vector& list, const Words& words) {
  const idx_t offset = duckdb::ListVector::GetListSize(list);
  duckdb::ListVector::Reserve(list, offset + words.size());
  Vector& child = duckdb::ListVector::GetEntry(list);
  for (idx_t i = 0; i < words.size(); ++i) {
    duckdb::FlatVector::GetData<duckdb::string_t>(child)[offset + i] =
        duckdb::StringVector::AddString(child, words[i].data(), words[i].size());
  }
  duckdb::ListVector::SetListSize(list, offset + words.size());
  return {offset, words.size()};
}

void Sentences(duckdb::DataChunk& input, duckdb::ExpressionState& state, Vector& result) {
  const bool constant = input.AllConstant();
  const idx_t count = constant ? 1 : input.size();
  auto& breaks = Frame{state}.Local<Breaks>();
  duckdb::UnifiedVectorFormat texts;
  input.data[0].ToUnifiedFormat(input.size(), texts);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  auto* const out = duckdb::FlatVector::GetData<list_entry_t>(result);
  for (idx_t row = 0; row < count; ++row) {
    const idx_t at = texts.sel->get_index(row);
    const idx_t offset = duckdb::ListVector::GetListSize(result);
    out[row] = {offset, 0};
    if (!texts.validity.RowIsValid(at)) {
      duckdb::FlatVector::SetNull(result, row, true);
      continue;
    }
    const auto& text = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(texts)[at];
    const auto sentences = breaks.SentencesOf({text.GetData(), text.GetSize()});
    duckdb::ListVector::Reserve(result, offset + sentences.size());
    Vector& lists = duckdb::ListVector::GetEntry(result);
    for (idx_t i = 0; i < sentences.size(); ++i) {
      const list_entry_t entry = WriteWords(lists, sentences[i]);
      duckdb::FlatVector::GetData<list_entry_t>(lists)[offset + i] = entry;
    }
    duckdb::ListVector::SetListSize(result, offset + sentences.size());
    out[row].length = sentences.size();
  }
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

}  // namespace

void AddSentences(Registry& registry) {
  duckdb::ScalarFunction function({LogicalType::VARCHAR},
                                  LogicalType::LIST(LogicalType::LIST(LogicalType::VARCHAR)),
                                  Sentences);
  function.SetInitStateCallback(NewBreaks);
  registry.Add("weir_sentences", std::move(function));
}

}  // namespace weir::engine
