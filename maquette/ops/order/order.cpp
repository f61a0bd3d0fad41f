// The order in which triangles are drawn, for caches of transformed vertices of any size.
//
// Forsyth 2006, "Linear-speed vertex cache optimisation": always the triangle whose corners score highest, where a
// vertex scores for having been used lately and for having few triangles left. Only triangles at vertices in the
// modelled cache are looked at; when none is left, the first one not yet drawn goes on.
#include <cmath>

#include "kernel.h"

namespace {

constexpr int kCache = 20;
constexpr int kValences = 32;
constexpr int64_t kLooked = 32;

struct Scores {
    float at[kCache + 1], left[kValences];
    Scores() {
        for (int i = 0; i < kCache; ++i)
            at[i] = i < 3 ? 0.75f : std::pow(1.0f - float(i - 3) / float(kCache - 3), 1.5f);
        at[kCache] = 0.0f;
        left[0] = 0.0f;
        for (int i = 1; i < kValences; ++i) left[i] = 2.0f / std::sqrt(float(i));
    }
};

}  // namespace

// order[i] becomes the index of the face that is drawn as number i.
MAQUETTE_EXPORT int64_t maquette_order_faces(const int32_t* faces, int32_t* order, int64_t face_count,
                                             int64_t vertex_count) try {
    static const Scores scores;
    const int64_t corners = 3 * face_count;
    std::vector<int64_t> first(size_t(vertex_count) + 1, 0);
    for (int64_t i = 0; i < corners; ++i) ++first[size_t(faces[i]) + 1];
    for (int64_t v = 0; v < vertex_count; ++v) first[size_t(v) + 1] += first[size_t(v)];
    std::vector<int32_t> around(size_t(corners), 0), left(size_t(vertex_count), 0);
    for (int64_t i = 0; i < corners; ++i) {
        const int32_t v = faces[i];
        around[size_t(first[size_t(v)] + left[size_t(v)]++)] = int32_t(i / 3);
    }
    // The first face of each vertex that may not have been drawn yet, as a place in `around`.
    std::vector<int64_t> open(first.begin(), first.end() - 1);
    std::vector<int8_t> place(size_t(vertex_count), int8_t{kCache});  // kCache: not in the cache
    std::vector<float> score(size_t(vertex_count), 0.0f);
    auto rate = [&](int32_t v) {
        const int32_t n = left[size_t(v)];
        score[size_t(v)] = n == 0 ? -1.0f : scores.at[place[size_t(v)]] + scores.left[std::min(n, kValences - 1)];
    };
    for (int64_t v = 0; v < vertex_count; ++v) rate(int32_t(v));

    std::vector<char> drawn(size_t(face_count), 0);
    int32_t cache[kCache + 3], merged[kCache + 3];
    int cached = 0;
    int64_t next = 0, best = -1;
    for (int64_t done = 0; done < face_count; ++done) {
        if (best < 0) {
            while (drawn[size_t(next)]) ++next;
            best = next;
        }
        order[done] = int32_t(best);
        drawn[size_t(best)] = 1;
        const int32_t* corner = faces + 3 * best;
        int count = 0;
        for (int k = 0; k < 3; ++k) {
            const int32_t v = corner[k];
            if (std::find(merged, merged + count, v) == merged + count) merged[count++] = v;
            --left[size_t(v)];  // once a corner, as it was counted
            int64_t& begin = open[size_t(v)];
            while (begin < first[size_t(v) + 1] && drawn[size_t(around[size_t(begin)])]) ++begin;
        }
        const int fresh = count;
        for (int i = 0; i < cached; ++i)
            if (std::find(merged, merged + fresh, cache[i]) == merged + fresh) merged[count++] = cache[i];
        for (int i = 0; i < count; ++i) {
            place[size_t(merged[i])] = int8_t(std::min(i, kCache));
            rate(merged[i]);
        }
        cached = std::min(count, kCache);
        std::copy(merged, merged + cached, cache);
        best = -1;
        float highest = -1.0f;
        for (int i = 0; i < cached; ++i) {
            const int32_t v = cache[i];
            // Not all faces of a vertex with thousands: time stays linear.
            const int64_t end = std::min(first[size_t(v) + 1], open[size_t(v)] + kLooked);
            for (int64_t j = open[size_t(v)]; j < end; ++j) {
                const int32_t face = around[size_t(j)];
                if (drawn[size_t(face)]) continue;
                const int32_t* c = faces + 3 * int64_t(face);
                const float sum = score[size_t(c[0])] + score[size_t(c[1])] + score[size_t(c[2])];
                if (sum > highest || (sum == highest && face < best)) {
                    highest = sum;
                    best = face;
                }
            }
        }
    }
    return 0;
} MAQUETTE_END
