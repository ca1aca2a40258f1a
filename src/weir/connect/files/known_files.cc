#include "weir/connect/files/known_files.h"

#include <algorithm>
#include <utility>

#include "weir/base/fingerprint.h"

namespace weir::connect {

namespace {

constexpr size_t kFewestSlots = 64;

// At most three slots of four are taken.
size_t SlotsFor(size_t files) { return std::max(kFewestSlots, files + files / 3 + 1); }

std::pair<uint64_t, uint32_t> SlotKey(std::string_view key) {
  const Hash128 hash = HashOf(key);
  return {std::max<uint64_t>(hash.high, 1), static_cast<uint32_t>(hash.low)};
}

}  // namespace

void KnownFiles::Reserve(size_t files) {
  if (SlotsFor(files) > slots_.size()) Grow(SlotsFor(files));
}

// Where it is, or would be.
size_t KnownFiles::PlaceOf(uint64_t high, uint32_t low) const {
  // The share of the hash's range that lies below it, of all slots.
  auto place = static_cast<size_t>((static_cast<unsigned __int128>(high) * slots_.size()) >> 64);
  while (slots_[place].high != 0 && (slots_[place].high != high || slots_[place].low != low)) {
    if (++place == slots_.size()) place = 0;
  }
  return place;
}

void KnownFiles::Grow(size_t slots) {
  const std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(slots));
  for (const Slot& slot : before) {
    if (slot.high != 0) slots_[PlaceOf(slot.high, slot.low)] = slot;
  }
}

void KnownFiles::Add(std::string_view key, Taken taken) {
  if (SlotsFor(size_ + 1) > slots_.size()) Grow(SlotsFor(size_ + size_ / 2 + 1));
  const auto [high, low] = SlotKey(key);
  Slot& slot = slots_[PlaceOf(high, low)];
  if (slot.high == 0) ++size_;
  slot = {high, taken.version, low, taken.batch};
}

std::optional<KnownFiles::Taken> KnownFiles::Find(std::string_view key) const {
  if (size_ == 0) return std::nullopt;
  const auto [high, low] = SlotKey(key);
  const Slot& slot = slots_[PlaceOf(high, low)];
  if (slot.high == 0) return std::nullopt;
  return Taken{slot.version, slot.batch};
}

}  // namespace weir::connect
