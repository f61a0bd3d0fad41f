// Sums that pixels add to what they show (gradients of vertices), the same whatever the number of threads.
#pragma once
#include "kernel.h"

namespace maquette {

// How many bands of rows a view is cut into: by its shape alone, so that the order of additions never changes.
inline int64_t bands_of(int64_t views) { return views >= 4 ? 1 : 4; }

// Fills out, [pieces / share, size]: each run of `share` pieces adds to one row of it. body(piece, target) adds one
// piece's contributions to a zeroed target; pieces run in parallel, and their sums are added in order.
template <class Real, class Body>
void scatter(int64_t pieces, int64_t share, int64_t size, Real* out, Body body) {
    std::vector<std::vector<Real>> others(static_cast<size_t>(pieces));
    parallel_for(pieces, [&](int64_t piece) {
        Real* target = out + piece / share * size;
        if (piece % share) {
            others[piece].assign(static_cast<size_t>(size), Real(0));
            target = others[piece].data();
        } else {
            std::fill(target, target + size, Real(0));
        }
        body(piece, target);
    });
    if (share == 1) return;
    constexpr int64_t kPart = 1 << 14;
    int64_t parts = (size + kPart - 1) / kPart;
    parallel_for(pieces / share * parts, [&](int64_t part) {
        int64_t group = part / parts, begin = part % parts * kPart, end = std::min(size, begin + kPart);
        Real* target = out + group * size;
        for (int64_t piece = group * share + 1; piece < (group + 1) * share; ++piece)
            for (int64_t i = begin; i < end; ++i) target[i] += others[piece][i];
    });
}

}  // namespace maquette
