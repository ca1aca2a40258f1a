#include <atomic>
#include <random>

#include "weir/engine/duckdb/functions/list_choice.h"
#include "weir/engine/duckdb/functions/random_numbers.h"

// Functions that give something else for every row: what a seed fixes, and numbers of rows. Every
// thread is what Spark calls a partition: the first one goes on from the seed, the next from the
// seed + 1.
namespace weir::engine {

namespace {

using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::Vector;

struct Seeded : duckdb::FunctionData {
  int64_t seed = 0;
  std::shared_ptr<std::atomic<int64_t>> partitions = std::make_shared<std::atomic<int64_t>>(0);

  duckdb::unique_ptr<FunctionData> Copy() const override {
    return duckdb::make_uniq<Seeded>(*this);
  }
  bool Equals(const FunctionData& other) const override {
    return partitions == other.Cast<Seeded>().partitions;
  }
};

template <typename Random>
struct Partition : duckdb::FunctionLocalState {
  explicit Partition(int64_t seed) : random(seed) {}
  Random random;

  static duckdb::unique_ptr<duckdb::FunctionLocalState> New(duckdb::ExpressionState&,
                                                            const duckdb::BoundFunctionExpression&,
                                                            duckdb::FunctionData* data) {
    const auto& seeded = data->Cast<Seeded>();
    const auto seed =
        static_cast<uint64_t>(seeded.seed) + static_cast<uint64_t>((*seeded.partitions)++);
    return duckdb::make_uniq<Partition>(static_cast<int64_t>(seed));
  }
};

int64_t AnySeed() {
  std::random_device device;
  return static_cast<int64_t>((uint64_t{device()} << 32) | device());
}

// The seed is the last argument; without one it is drawn for the statement.
duckdb::unique_ptr<Seeded> SeedFrom(
    duckdb::ClientContext& context,
    const duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments, size_t position) {
  auto seeded = duckdb::make_uniq<Seeded>();
  if (position >= arguments.size()) {
    seeded->seed = AnySeed();
    return seeded;
  }
  if (!arguments[position]->IsFoldable()) {
    Raise("SEED_EXPRESSION_IS_UNFOLDABLE", "A seed must be a constant.");
  }
  const duckdb::Value value =
      duckdb::ExpressionExecutor::EvaluateScalar(context, *arguments[position]);
  seeded->seed = value.IsNull() ? 0 : value.GetValue<int64_t>();
  return seeded;
}

template <size_t position>
duckdb::unique_ptr<duckdb::FunctionData> BindSeed(
    duckdb::ClientContext& context, duckdb::ScalarFunction&,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  return SeedFrom(context, arguments, position);
}

duckdb::unique_ptr<duckdb::FunctionData> BindZero(
    duckdb::ClientContext&, duckdb::ScalarFunction&,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>&) {
  return duckdb::make_uniq<Seeded>();
}

duckdb::unique_ptr<duckdb::FunctionData> BindShuffle(
    duckdb::ClientContext& context, duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  const LogicalType& list = arguments[0]->return_type;
  const bool known = list.id() == duckdb::LogicalTypeId::LIST;
  function.arguments[0] = known ? list : LogicalType::LIST(LogicalType::SQLNULL);
  function.return_type = function.arguments[0];
  return SeedFrom(context, arguments, 1);
}

// A function of the row's turn alone: next(random) for every row.
template <typename Random, typename T, typename Next>
duckdb::ScalarFunction EveryRow(duckdb::vector<LogicalType> arguments, const Next& next) {
  duckdb::ScalarFunction function(
      std::move(arguments), bridge::TypeOf<T>(),
      [next](duckdb::DataChunk& input, duckdb::ExpressionState& state, Vector& result) {
        auto& random = Frame{state}.Local<Partition<Random>>().random;
        result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
        auto* const out = duckdb::FlatVector::GetData<typename bridge::Result<T>::Physical>(result);
        for (idx_t row = 0; row < input.size(); ++row) {
          out[row] = bridge::Result<T>::Write(result, next(random));
        }
      });
  function.SetVolatile();
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  function.SetInitStateCallback(Partition<Random>::New);
  function.SetBindCallback(BindSeed<0>);
  return function;
}

// Letters and digits.
std::string RandomText(XorShiftRandom& random, int32_t length) {
  std::string text;
  text.reserve(static_cast<size_t>(length));
  for (int32_t i = 0; i < length; ++i) {
    const int choice = std::abs(random.NextInt() % 62);
    text += static_cast<char>(choice < 10   ? '0' + choice
                              : choice < 36 ? 'a' + choice - 10
                                            : 'A' + choice - 36);
  }
  return text;
}

std::string RandomUuid(MersenneTwister& random) {
  const auto high = (static_cast<uint64_t>(random.NextLong()) & 0xFFFFFFFFFFFF0FFF) | 0x4000;
  const auto low =
      (static_cast<uint64_t>(random.NextLong()) | 0x8000000000000000) & 0xBFFFFFFFFFFFFFFF;
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) text += '-';
    text += kDigits[((i < 16 ? high : low) >> (60 - 4 * (i % 16))) & 0xF];
  }
  return text;
}

// Where the elements of a list of that length come from.
std::vector<idx_t> Shuffled(MersenneTwister& random, idx_t length) {
  std::vector<idx_t> order(length);
  for (idx_t i = 0; i < length; ++i) {
    const auto j = static_cast<idx_t>(random.NextInt(static_cast<int32_t>(i) + 1));
    if (j != i) order[i] = order[j];
    order[j] = i;
  }
  return order;
}

void Shuffle(duckdb::DataChunk& input, duckdb::ExpressionState& state, Vector& result) {
  auto& random = Frame{state}.Local<Partition<MersenneTwister>>().random;
  duckdb::UnifiedVectorFormat lists;
  input.data[0].ToUnifiedFormat(input.size(), lists);
  const auto* const entries = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(lists);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  auto* const out = duckdb::FlatVector::GetData<duckdb::list_entry_t>(result);
  std::vector<idx_t> chosen;
  for (idx_t row = 0; row < input.size(); ++row) {
    const idx_t at = lists.sel->get_index(row);
    out[row] = {chosen.size(), 0};
    if (!lists.validity.RowIsValid(at)) {
      duckdb::FlatVector::SetNull(result, row, true);
      continue;
    }
    for (const idx_t from : Shuffled(random, entries[at].length)) {
      chosen.push_back(entries[at].offset + from);
    }
    out[row].length = entries[at].length;
  }
  CopyChosen(input.data[0], result, chosen);
}

void AddShuffle(Registry& registry, duckdb::vector<LogicalType> arguments) {
  duckdb::ScalarFunction function(std::move(arguments), LogicalType::LIST(LogicalType::ANY),
                                  Shuffle, BindShuffle);
  function.SetVolatile();
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  function.SetInitStateCallback(Partition<MersenneTwister>::New);
  registry.Add("weir_shuffle", std::move(function));
}

void RandomTexts(duckdb::DataChunk& input, duckdb::ExpressionState& state, Vector& result) {
  auto& random = Frame{state}.Local<Partition<XorShiftRandom>>().random;
  duckdb::UnifiedVectorFormat lengths;
  input.data[0].ToUnifiedFormat(input.size(), lengths);
  const auto* const values = duckdb::UnifiedVectorFormat::GetData<int32_t>(lengths);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  auto* const out = duckdb::FlatVector::GetData<duckdb::string_t>(result);
  for (idx_t row = 0; row < input.size(); ++row) {
    const idx_t at = lengths.sel->get_index(row);
    const int32_t length = lengths.validity.RowIsValid(at) ? values[at] : 0;
    if (length < 0) {
      Raise("INVALID_PARAMETER_VALUE.LENGTH",
            "The value of parameter(s) `length` in `randstr` is invalid: Expects `length` greater "
            "than or equal to 0, but got " +
                std::to_string(length) + ".");
    }
    out[row] = duckdb::StringVector::AddString(result, RandomText(random, length));
  }
}

void AddRandomTexts(Registry& registry, duckdb::vector<LogicalType> arguments) {
  duckdb::ScalarFunction function(std::move(arguments), LogicalType::VARCHAR, RandomTexts,
                                  BindSeed<1>);
  function.SetVolatile();
  function.SetFallible();
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  function.SetInitStateCallback(Partition<XorShiftRandom>::New);
  registry.Add("weir_randstr", std::move(function));
}

// Spark's monotonically_increasing_id: the partition above 33 bits of the row's number in it.
struct RowNumber {
  explicit RowNumber(int64_t partition) : next(partition << 33) {}
  int64_t next;
};

}  // namespace

void AddChance(Registry& registry) {
  registry.Add("weir_rand",
               EveryRow<XorShiftRandom, double>({LogicalType::BIGINT}, [](XorShiftRandom& random) {
                 return random.NextDouble();
               }));
  for (const auto& arguments :
       {duckdb::vector<LogicalType>{}, duckdb::vector<LogicalType>{LogicalType::BIGINT}}) {
    registry.Add("weir_randn",
                 EveryRow<XorShiftRandom, double>(
                     arguments, [](XorShiftRandom& random) { return random.NextGaussian(); }));
  }
  registry.Add("weir_uuid",
               EveryRow<MersenneTwister, std::string>({LogicalType::BIGINT}, RandomUuid));
  AddRandomTexts(registry, {LogicalType::INTEGER});
  AddRandomTexts(registry, {LogicalType::INTEGER, LogicalType::BIGINT});
  auto row_id = EveryRow<RowNumber, int64_t>({}, [](RowNumber& row) { return row.next++; });
  row_id.SetBindCallback(BindZero);
  registry.Add("weir_row_id", std::move(row_id));
  AddShuffle(registry, {LogicalType::LIST(LogicalType::ANY)});
  AddShuffle(registry, {LogicalType::LIST(LogicalType::ANY), LogicalType::BIGINT});
}

}  // namespace weir::engine
