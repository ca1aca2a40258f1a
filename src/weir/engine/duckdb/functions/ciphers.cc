#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>

#include "weir/engine/duckdb/functions/registry.h"
#include "weir/types/data_type.h"

// AES as Spark has it: what is encrypted begins with its initialisation vector, and ends with a tag
// in GCM.
namespace weir::engine {

namespace {

constexpr size_t kTag = 16;
constexpr size_t kBlock = 16;
constexpr size_t kGcmVector = 12;

enum class Mode { kEcb, kCbc, kGcm };

[[noreturn]] void RaiseCrypto(const std::string& detail) {
  Raise("INVALID_PARAMETER_VALUE.AES_CRYPTO_ERROR",
        "The value of parameter(s) `expr`, `key` in `aes_encrypt`/`aes_decrypt` is invalid: detail "
        "message: " +
            detail);
}

Mode ModeOf(std::string_view mode, std::string_view padding) {
  const std::string name = UpperName(mode);
  const std::string pad = UpperName(padding);
  const bool plain = pad == "DEFAULT";
  if (name == "ECB" && (plain || pad == "PKCS")) return Mode::kEcb;
  if (name == "CBC" && (plain || pad == "PKCS")) return Mode::kCbc;
  if (name == "GCM" && (plain || pad == "NONE")) return Mode::kGcm;
  Raise("UNSUPPORTED_FEATURE.AES_MODE", "The feature is not supported: AES-" + std::string(mode) +
                                            " with the padding " + std::string(padding) +
                                            " by the `aes_encrypt`/`aes_decrypt` function.");
}

const EVP_CIPHER* CipherOf(Mode mode, size_t key_size) {
  switch (key_size) {
    case 16:
      return mode == Mode::kEcb   ? EVP_aes_128_ecb()
             : mode == Mode::kCbc ? EVP_aes_128_cbc()
                                  : EVP_aes_128_gcm();
    case 24:
      return mode == Mode::kEcb   ? EVP_aes_192_ecb()
             : mode == Mode::kCbc ? EVP_aes_192_cbc()
                                  : EVP_aes_192_gcm();
    case 32:
      return mode == Mode::kEcb   ? EVP_aes_256_ecb()
             : mode == Mode::kCbc ? EVP_aes_256_cbc()
                                  : EVP_aes_256_gcm();
    default:
      Raise("INVALID_PARAMETER_VALUE.AES_KEY_LENGTH",
            "The value of parameter(s) `key` in `aes_encrypt`/`aes_decrypt` is invalid: expects a "
            "binary value with 16, 24 or 32 bytes, but got " +
                std::to_string(key_size) + " bytes.");
  }
}

size_t VectorSize(Mode mode) {
  return mode == Mode::kEcb ? 0 : mode == Mode::kCbc ? kBlock : kGcmVector;
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

struct Free {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, Free>;

void Check(bool ok, const char* what) {
  if (!ok) RaiseCrypto(what);
}

// What one call encrypts or decrypts with.
struct Aes {
  Mode mode;
  std::string_view key;
  std::string_view vector;
  std::string_view additional;

  std::string Run(bool encrypt, std::string_view data, std::string_view tag) const {
    Context context(EVP_CIPHER_CTX_new());
    Check(context != nullptr, "out of memory");
    Check(EVP_CipherInit_ex(context.get(), CipherOf(mode, key.size()), nullptr, Bytes(key),
                            vector.empty() ? nullptr : Bytes(vector), encrypt ? 1 : 0) == 1,
          "the cipher cannot be set up");
    std::string out(data.size() + kBlock, '\0');
    int size = 0;
    if (!additional.empty()) {
      Check(EVP_CipherUpdate(context.get(), nullptr, &size, Bytes(additional),
                             static_cast<int>(additional.size())) == 1,
            "the additional data cannot be taken");
    }
    if (!encrypt && mode == Mode::kGcm) {
      std::string copy(tag);
      Check(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(copy.size()),
                                copy.data()) == 1,
            "the tag cannot be taken");
    }
    Check(EVP_CipherUpdate(context.get(), Bytes(out), &size, Bytes(data),
                           static_cast<int>(data.size())) == 1,
          "the input cannot be taken");
    int last = 0;
    if (EVP_CipherFinal_ex(context.get(), Bytes(out) + size, &last) != 1) {
      RaiseCrypto(mode == Mode::kGcm ? "Tag mismatch"
                                     : "Given final block not properly padded. Such issues can "
                                       "arise if a bad key is used during decryption.");
    }
    out.resize(static_cast<size_t>(size + last));
    if (encrypt && mode == Mode::kGcm) {
      std::string made(kTag, '\0');
      Check(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTag, made.data()) == 1,
            "the tag cannot be had");
      out += made;
    }
    return out;
  }
};

constexpr size_t kMostBytes = INT32_MAX - 64;

void CheckSize(std::string_view data) {
  if (data.size() > kMostBytes) RaiseCrypto("the input has too many bytes");
}

std::string Encrypted(std::string_view data, std::string_view key, std::string_view mode_name,
                      std::string_view padding, std::string_view given, std::string_view more) {
  const Mode mode = ModeOf(mode_name, padding);
  CipherOf(mode, key.size());
  CheckSize(data);
  const std::string name = "`aes_encrypt` with AES-" + UpperName(mode_name);
  if (mode == Mode::kEcb && !given.empty()) {
    Raise("UNSUPPORTED_FEATURE.AES_MODE_IV", "The feature is not supported: " + name +
                                                 " does not support initialization vectors (IVs).");
  }
  if (mode != Mode::kGcm && !more.empty()) {
    Raise("UNSUPPORTED_FEATURE.AES_MODE_AAD",
          "The feature is not supported: " + name +
              " does not support additional authenticate data (AAD).");
  }
  std::string vector(given);
  if (vector.empty() && mode != Mode::kEcb) {
    vector.resize(VectorSize(mode));
    Check(RAND_bytes(Bytes(vector), static_cast<int>(vector.size())) == 1, "no random bytes");
  }
  if (vector.size() != VectorSize(mode)) {
    Raise("INVALID_PARAMETER_VALUE.AES_IV_LENGTH",
          "The value of parameter(s) `iv` in `aes_encrypt`/`aes_decrypt` is invalid: supports "
          "16-byte CBC IVs and 12-byte GCM IVs, but got " +
              std::to_string(vector.size()) + " bytes for " + UpperName(mode_name) + ".");
  }
  return vector + Aes{mode, key, vector, more}.Run(true, data, {});
}

std::string Decrypted(std::string_view data, std::string_view key, std::string_view mode_name,
                      std::string_view padding, std::string_view more) {
  const Mode mode = ModeOf(mode_name, padding);
  CipherOf(mode, key.size());
  CheckSize(data);
  if (mode != Mode::kGcm && !more.empty()) {
    Raise("UNSUPPORTED_FEATURE.AES_MODE_AAD",
          "The feature is not supported: `aes_decrypt` with AES-" + UpperName(mode_name) +
              " does not support additional authenticate data (AAD).");
  }
  const size_t vector = VectorSize(mode);
  const size_t tag = mode == Mode::kGcm ? kTag : 0;
  if (data.size() < vector + tag) RaiseCrypto("the input is shorter than its vector and tag");
  const std::string_view body = data.substr(vector, data.size() - vector - tag);
  if (mode != Mode::kGcm && body.empty()) return {};
  if (mode != Mode::kGcm && body.size() % kBlock != 0) {
    RaiseCrypto("Input length must be multiple of 16 when decrypting with padded cipher");
  }
  return Aes{mode, key, data.substr(0, vector), more}.Run(false, body,
                                                          data.substr(data.size() - tag));
}

}  // namespace

void AddCiphers(Registry& registry) {
  registry.Add("weir_aes_encrypt", [](Blob data, Blob key, std::string_view mode,
                                      std::string_view padding, Blob vector, Blob more) {
    return NewBlob{Encrypted(data.bytes, key.bytes, mode, padding, vector.bytes, more.bytes)};
  });
  registry.Add("weir_aes_decrypt",
               [](Blob data, Blob key, std::string_view mode, std::string_view padding, Blob more) {
                 return NewBlob{Decrypted(data.bytes, key.bytes, mode, padding, more.bytes)};
               });
  registry.Add("weir_try_aes_decrypt",
               [](Blob data, Blob key, std::string_view mode, std::string_view padding,
                  Blob more) -> std::optional<NewBlob> {
                 try {
                   return NewBlob{Decrypted(data.bytes, key.bytes, mode, padding, more.bytes)};
                 } catch (const duckdb::InvalidInputException&) {  // Raised above.
                   return std::nullopt;
                 }
               });
}

}  // namespace weir::engine
