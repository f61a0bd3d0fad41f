// Sums that pixels add to what they show (gradients of vertices), the same whatever the number of threads.
#pragma once
#include "kernel.h"

namespace maquette {

// How many bands of rows a view is cut into: by its shape alone, so that the order of additions never changes.
inline int64_t bands_of(int64_t views) { return views >= 4 ? 1 : 4; }

// Sums of several pieces of work that run in parallel: out, [pieces / share, size], each run of `share` pieces adding
// to one row of it.
template <class Real>
class Sums {
   public:
    Sums(int64_t pieces, int64_t share, int64_t size, Real* out)
        : share_(share), size_(size), pieces_(pieces), out_(out), others_(static_cast<size_t>(pieces)) {}

    // Where one piece adds its contributions; zeroed. Once a piece.
    Real* open(int64_t piece) {
        if (piece % share_) {
            others_[piece].assign(static_cast<size_t>(size_), Real(0));
            return others_[piece].data();
        }
        Real* target = out_ + piece / share_ * size_;
        std::fill(target, target + size_, Real(0));
        return target;
    }

    // Adds the pieces' sums in order.
    void close() {
        if (share_ == 1) return;
        constexpr int64_t kPart = 1 << 14;
        const int64_t parts = (size_ + kPart - 1) / kPart;
        parallel_for(pieces_ / share_ * parts, [&](int64_t part) {
            const int64_t group = part / parts, begin = part % parts * kPart, end = std::min(size_, begin + kPart);
            Real* target = out_ + group * size_;
            for (int64_t piece = group * share_ + 1; piece < (group + 1) * share_; ++piece)
                for (int64_t i = begin; i < end; ++i) target[i] += others_[piece][i];
        });
    }

   private:
    int64_t share_, size_, pieces_;
    Real* out_;
    std::vector<std::vector<Real>> others_;
};

// Fills out as Sums does: body(piece, target) adds one piece's contributions.
template <class Real, class Body>
void scatter(int64_t pieces, int64_t share, int64_t size, Real* out, Body body) {
    Sums<Real> sums(pieces, share, size, out);
    parallel_for(pieces, [&](int64_t piece) { body(piece, sums.open(piece)); });
    sums.close();
}

}  // namespace maquette
