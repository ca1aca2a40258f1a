#pragma once

#include <memory>
#include <string>

#include "weir/connect/bytes/decoder.h"
#include "weir/connect/files/avro_schema.h"
#include "weir/connect/files/text_reader.h"

namespace weir::connect {

// The blocks of an Avro file, unpacked: each a `line` whose text is its records. Damage is
// kCorrupt.
class AvroBlocks final : public TextReader {
 public:
  // Reads the file's header.
  explicit AvroBlocks(std::unique_ptr<ByteStream> bytes);

  bool Next(TextLine& block) override;
  // Of the block that Next gave.
  int64_t records() const { return records_; }
  const AvroSchema& schema() const { return *schema_; }
  std::shared_ptr<const AvroSchema> shared_schema() const { return schema_; }

 private:
  bool Have(size_t bytes);
  void Need(size_t bytes);
  int64_t ReadLong();
  std::string ReadBytes();
  void ReadHeader();
  void ReadSync();
  std::string_view Unpacked(std::string_view packed);
  std::string_view UnpackedBy(Decoder& decoder, std::string_view packed);
  std::string_view UnpackedSnappy(std::string_view packed);

  std::shared_ptr<const AvroSchema> schema_;
  std::string codec_;
  std::string sync_;
  std::unique_ptr<Decoder> decoder_;
  std::string packed_;
  std::string unpacked_;
  int64_t records_ = 0;
};

}  // namespace weir::connect
