#include "weir/session/found_batches.h"

#include <utility>

#include "weir/base/error.h"

namespace weir::session {
namespace {

// About how much memory an array of a type holds.
int64_t BytesOf(const ArrowArray& array, const DataType& type) {
  constexpr int64_t kWidest = 16;
  int64_t bytes = array.length * kWidest;
  if (type.id() == TypeId::kString || type.id() == TypeId::kBinary ||
      type.id() == TypeId::kVariant) {
    const auto* const offsets = static_cast<const int32_t*>(array.buffers[1]);
    if (offsets != nullptr) bytes += offsets[array.offset + array.length];
  }
  switch (type.id()) {
    case TypeId::kStruct:
      for (size_t i = 0; i < type.fields().size(); ++i) {
        bytes += BytesOf(*array.children[i], type.fields()[i].type);
      }
      break;
    case TypeId::kArray:
      bytes += BytesOf(*array.children[0], type.element());
      break;
    case TypeId::kMap: {
      const ArrowArray& entries = *array.children[0];
      bytes += BytesOf(*entries.children[0], type.key());
      bytes += BytesOf(*entries.children[1], type.value());
      break;
    }
    default:
      break;
  }
  return bytes;
}

int64_t BytesOf(const Batch& batch) {
  int64_t bytes = 0;
  for (size_t i = 0; i < batch.schema().size(); ++i) {
    bytes += BytesOf(*batch.array().children[i], batch.schema()[i].type);
  }
  return bytes;
}

// The same arrays once more; they live as long as one of those that were lent.
Batch Lend(const std::shared_ptr<const Batch>& batch, const Schema& schema) {
  ArrowArray lent = batch->array();
  lent.private_data = new std::shared_ptr<const Batch>(batch);
  lent.release = [](ArrowArray* array) {
    delete static_cast<std::shared_ptr<const Batch>*>(array->private_data);
    array->release = nullptr;
  };
  return Batch(schema, lent);
}

bool HasNull(const ArrowArray& cells) {
  if (cells.null_count >= 0) return cells.null_count > 0;
  const auto* const valid = static_cast<const uint8_t*>(cells.buffers[0]);
  for (int64_t i = 0; valid != nullptr && i < cells.length; ++i) {
    const int64_t at = cells.offset + i;
    if ((valid[at / 8] >> (at % 8) & 1) == 0) return true;
  }
  return false;
}

class LendingStream final : public BatchStream {
 public:
  LendingStream(Schema schema, std::vector<std::shared_ptr<const Batch>> batches)
      : schema_(std::move(schema)), batches_(std::move(batches)) {}
  const Schema& schema() const override { return schema_; }
  std::optional<Batch> Next() override {
    if (next_ == batches_.size()) return std::nullopt;
    return Lend(batches_[next_++], schema_);
  }

 private:
  const Schema schema_;
  const std::vector<std::shared_ptr<const Batch>> batches_;
  size_t next_ = 0;
};

}  // namespace

FoundBatches::FoundBatches(BatchStream& rows, int64_t most_bytes) : schema_(rows.schema()) {
  while (auto batch = rows.Next()) {
    bytes_ += BytesOf(*batch);
    if (bytes_ > most_bytes) {
      throw Error(ErrorCode::kExhausted, "what changed takes more than " +
                                             std::to_string(most_bytes >> 20) + " MB of memory");
    }
    rows_ += batch->rows();
    batches_.push_back(std::make_shared<const Batch>(std::move(*batch)));
  }
}

std::vector<bool> FoundBatches::NeverNull() const {
  std::vector<bool> never(schema_.size(), true);
  for (const auto& batch : batches_) {
    for (size_t i = 0; i < schema_.size(); ++i) {
      never[i] = never[i] && !HasNull(*batch->array().children[i]);
    }
  }
  return never;
}

engine::RelationInput FoundBatches::AsInput(Schema schema) const {
  return {BatchSequence{schema, [schema, batches = batches_] {
                          return std::unique_ptr<BatchStream>(
                              std::make_unique<LendingStream>(schema, batches));
                        }}};
}

}  // namespace weir::session
