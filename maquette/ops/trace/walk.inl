// Walks through the hierarchy, eight boxes or triangles at a time. Compiled for several instruction sets (isa.h):
// includes nothing. The versions give the same bits.
#if defined(__GNUC__)
typedef float Floats __attribute__((vector_size(32)));
inline Floats all(float x) { return Floats{x, x, x, x, x, x, x, x}; }
inline Floats larger(Floats a, Floats b) { return a > b ? a : b; }
inline Floats smaller(Floats a, Floats b) { return a < b ? a : b; }
#else
struct Floats {
    float lane[8];
    float& operator[](int i) { return lane[i]; }
    float operator[](int i) const { return lane[i]; }
};
#define MAQUETTE_EACH(expression) \
    Floats out;                   \
    for (int i = 0; i < 8; ++i) out[i] = expression; \
    return out;
inline Floats all(float x) { MAQUETTE_EACH(x) }
inline Floats operator+(Floats a, Floats b) { MAQUETTE_EACH(a[i] + b[i]) }
inline Floats operator-(Floats a, Floats b) { MAQUETTE_EACH(a[i] - b[i]) }
inline Floats operator*(Floats a, Floats b) { MAQUETTE_EACH(a[i] * b[i]) }
inline Floats operator/(Floats a, Floats b) { MAQUETTE_EACH(a[i] / b[i]) }
inline Floats larger(Floats a, Floats b) { MAQUETTE_EACH(a[i] > b[i] ? a[i] : b[i]) }
inline Floats smaller(Floats a, Floats b) { MAQUETTE_EACH(a[i] < b[i] ? a[i] : b[i]) }
#undef MAQUETTE_EACH
#endif
inline Floats load(const float* from) {
    Floats out;
    std::memcpy(&out, from, sizeof out);
    return out;
}

// A bit for each lane in which a <= b; none where either is NaN.
inline unsigned below(Floats a, Floats b) {
#if defined(MAQUETTE_AVX512)
    return _mm256_cmp_ps_mask((__m256)a, (__m256)b, _CMP_LE_OQ);
#elif defined(MAQUETTE_AVX2)
    return unsigned(_mm256_movemask_ps(_mm256_cmp_ps((__m256)a, (__m256)b, _CMP_LE_OQ)));
#else
    unsigned bits = 0;
    for (int i = 0; i < 8; ++i) bits |= unsigned(a[i] <= b[i]) << i;
    return bits;
#endif
}

// The number of the lowest bit that is set; there is one.
inline int lowest(unsigned bits) {
#if defined(__GNUC__)
    return __builtin_ctz(bits);
#else
    int i = 0;
    while (!(bits >> i & 1)) ++i;
    return i;
#endif
}

struct Waiting {
    int32_t node;
    float key;
};

// Pushes the children whose bits are set, the least key last, so that it is taken first.
inline int push(Waiting* stack, int depth, const Node& node, unsigned bits, Floats keys) {
    const int first = depth;
    for (; bits; bits &= bits - 1) {
        const int lane = lowest(bits);
        const Waiting own{node.child[lane], keys[lane]};
        int at = depth++;
        for (; at > first && stack[at - 1].key < own.key; --at) stack[at] = stack[at - 1];
        stack[at] = own;
    }
    return depth;
}

// What of a ray is the same for all triangles (Woop, Benthin and Wald 2013, "Watertight ray/triangle intersection"):
// axes such that the direction is longest along z, and the shear that makes it run along z alone.
struct Ray {
    float origin[3], inverse[3], shear[3];
    int64_t near[3], far[3], axis[3];  // near, far: where in a node's bounds
    Ray(const float* from, const float* direction) {
        int z = 0;
        for (int a = 1; a < 3; ++a)
            if (std::abs(direction[a]) > std::abs(direction[z])) z = a;
        axis[2] = z, axis[0] = (z + 1) % 3, axis[1] = (z + 2) % 3;
        if (direction[z] < 0) std::swap(axis[0], axis[1]);
        shear[0] = direction[axis[0]] / direction[z], shear[1] = direction[axis[1]] / direction[z];
        shear[2] = 1 / direction[z];
        for (int a = 0; a < 3; ++a) {
            origin[a] = from[a];
            // No zeros: nothing times infinity is then asked for. Boxes are wide enough to bear it.
            const float d = std::abs(direction[a]) > 1e-18f ? direction[a] : std::copysign(1e-18f, direction[a]);
            inverse[a] = 1 / d;
            near[a] = (d < 0 ? 3 + a : a) * kWide, far[a] = (d < 0 ? a : 3 + a) * kWide;
        }
    }
};

// Where a ray enters and leaves eight boxes, a little early and late for what rounding takes.
inline void cross(const Node& node, const Ray& ray, Floats& enter, Floats& leave) {
    const float* bounds = &node.bounds[0][0][0];
    for (int a = 0; a < 3; ++a) {
        const Floats inverse = all(ray.inverse[a]), origin = all(ray.origin[a]);
        const Floats from = (load(bounds + ray.near[a]) - origin) * inverse;
        const Floats to = (load(bounds + ray.far[a]) - origin) * inverse;
        enter = a ? larger(enter, from) : from, leave = a ? smaller(leave, to) : to;
    }
    const Floats less = all(1 - 1e-6f), more = all(1 + 1e-6f);
    enter = smaller(enter * less, enter * more), leave = larger(leave * less, leave * more);
}

// The line through eight triangles: a bit for each that it crosses, weights of corners 1 and 2, and how far along.
struct Crossings {
    unsigned front, back;  // against the triangle's normal, and along it
    Floats b1, b2, t;
};

inline Crossings cross(const Leaf& leaf, const Ray& ray) {
    Floats p[3][3];
    for (int k = 0; k < 3; ++k) {
        const Floats z = load(leaf.corner[k][ray.axis[2]]) - all(ray.origin[ray.axis[2]]);
        for (int a = 0; a < 2; ++a)
            p[k][a] = load(leaf.corner[k][ray.axis[a]]) - all(ray.origin[ray.axis[a]]) - all(ray.shear[a]) * z;
        p[k][2] = all(ray.shear[2]) * z;
    }
    Floats u = p[2][0] * p[1][1] - p[2][1] * p[1][0];
    Floats v = p[0][0] * p[2][1] - p[0][1] * p[2][0];
    Floats w = p[1][0] * p[0][1] - p[1][1] * p[0][0];
    const Floats zero = all(0.0f);
    const unsigned used = (1u << leaf.count) - 1;
    unsigned positive = below(zero, u) & below(zero, v) & below(zero, w) & used;
    unsigned negative = below(u, zero) & below(v, zero) & below(w, zero) & used;
    // On an edge single precision cannot tell the side.
    for (unsigned edge = (positive | negative) & ((below(zero, u) & below(u, zero)) | (below(zero, v) & below(v, zero)) |
                                                  (below(zero, w) & below(w, zero)));
         edge; edge &= edge - 1) {
        const int i = lowest(edge);
        auto exact = [&](int a, int b) {
            return float(double(p[a][0][i]) * double(p[b][1][i]) - double(p[a][1][i]) * double(p[b][0][i]));
        };
        u[i] = exact(2, 1), v[i] = exact(0, 2), w[i] = exact(1, 0);
        const unsigned bit = 1u << i;
        if (!(u[i] >= 0 && v[i] >= 0 && w[i] >= 0)) positive &= ~bit;
        if (!(u[i] <= 0 && v[i] <= 0 && w[i] <= 0)) negative &= ~bit;
    }
    Crossings out;
    if (!(positive | negative)) {
        out.front = out.back = 0;
        return out;
    }
    const Floats whole = u + v + w, one = all(1.0f) / whole;
    const unsigned flat = below(zero, whole) & below(whole, zero);
    out.front = positive & ~flat, out.back = negative & ~flat;
    out.b1 = v * one, out.b2 = w * one;
    out.t = (u * p[0][2] + v * p[1][2] + w * p[2][2]) * one;
    return out;
}

struct Hit {
    int32_t face = -1;
    float b1 = 0, b2 = 0, t = 0;
};

// The first crossing with t in [0, limit]; with `both_ways` the one of least |t| in [-limit, limit], of faces whose
// normals point along the direction. The lower face of two at one distance.
template <bool both_ways>
inline Hit first_hit(const Node* nodes, const Leaf* leaves, const Ray& ray, float limit) {
    Waiting stack[kStack];
    Hit hit;
    float best = limit;
    stack[0] = {0, 0};
    for (int depth = 1; depth > 0;) {
        const Waiting next = stack[--depth];
        if (!(next.key <= best)) continue;
        if (next.node >= 0) {
            const Node& node = nodes[next.node];
            Floats enter, leave;
            cross(node, ray, enter, leave);
            const Floats low = all(both_ways ? -best : 0.0f);
            const unsigned bits = below(larger(enter, low), smaller(leave, all(best)));
            if (!bits) continue;
            Floats key = larger(enter, all(0.0f));
            if (both_ways) key = larger(key, all(0.0f) - leave);
            depth = push(stack, depth, node, bits, key);
            continue;
        }
        const Leaf& leaf = leaves[~next.node];
        const Crossings found = cross(leaf, ray);
        for (unsigned bits = both_ways ? found.back : found.front | found.back; bits;
             bits &= bits - 1) {
            const int i = lowest(bits);
            const float t = found.t[i], away = both_ways ? std::abs(t) : t;
            if (!(away >= 0 && away <= best)) continue;
            if (away == best && hit.face >= 0 && leaf.face[i] > hit.face) continue;
            best = away, hit.face = leaf.face[i], hit.b1 = found.b1[i], hit.b2 = found.b2[i], hit.t = t;
        }
    }
    return hit;
}

// Whether anything is crossed with t in [0, limit].
inline bool blocked(const Node* nodes, const Leaf* leaves, const Ray& ray, float limit) {
    int32_t stack[kStack];
    stack[0] = 0;
    for (int depth = 1; depth > 0;) {
        const int32_t next = stack[--depth];
        if (next >= 0) {
            const Node& node = nodes[next];
            Floats enter, leave;
            cross(node, ray, enter, leave);
            unsigned bits = below(larger(enter, all(0.0f)), smaller(leave, all(limit)));
            for (; bits; bits &= bits - 1) stack[depth++] = node.child[lowest(bits)];
            continue;
        }
        const Crossings found = cross(leaves[~next], ray);
        if (const unsigned bits = found.front | found.back)
            if (bits & below(all(0.0f), found.t) & below(found.t, all(limit))) return true;
    }
    return false;
}

// The nearest point of a triangle (Ericson 2005, "Real-Time Collision Detection", section 5.1.5): its weights of
// corners 1 and 2, and the squared distance.
inline float nearest_on(const Leaf& leaf, int i, const float* point, float& b1, float& b2) {
    float ab[3], ac[3], ap[3];
    for (int a = 0; a < 3; ++a) {
        const float origin = leaf.corner[0][a][i];
        ab[a] = leaf.corner[1][a][i] - origin, ac[a] = leaf.corner[2][a][i] - origin, ap[a] = point[a] - origin;
    }
    auto dot = [](const float* x, const float* y) { return x[0] * y[0] + x[1] * y[1] + x[2] * y[2]; };
    const float d1 = dot(ab, ap), d2 = dot(ac, ap), bb = dot(ab, ab), cc = dot(ac, ac), bc = dot(ab, ac);
    const float d3 = d1 - bb, d4 = d2 - bc, d5 = d1 - bc, d6 = d2 - cc;
    const float va = d3 * d6 - d5 * d4, vb = d5 * d2 - d1 * d6, vc = d1 * d4 - d3 * d2;
    b1 = b2 = 0;
    if (d1 <= 0 && d2 <= 0) {
    } else if (d3 >= 0 && d4 <= d3) {
        b1 = 1;
    } else if (d6 >= 0 && d5 <= d6) {
        b2 = 1;
    } else if (vc <= 0 && d1 >= 0 && d3 <= 0 && d1 > d3) {  // equal where corners 0 and 1 are one
        b1 = d1 / (d1 - d3);
    } else if (vb <= 0 && d2 >= 0 && d6 <= 0) {
        b2 = d2 / (d2 - d6);
    } else if (va <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0) {
        b2 = (d4 - d3) / ((d4 - d3) + (d5 - d6)), b1 = 1 - b2;
    } else {
        const float whole = va + vb + vc;
        b1 = whole > 0 ? vb / whole : 0, b2 = whole > 0 ? vc / whole : 0;
    }
    float away = 0;
    for (int a = 0; a < 3; ++a) {
        const float d = ap[a] - b1 * ab[a] - b2 * ac[a];
        away += d * d;
    }
    return away;
}

// The nearest point at most `limit` away, of faces that turn towards `toward` where it is given.
inline Hit nearest(const Node* nodes, const Leaf* leaves, const float* point, const float* toward, float limit) {
    Waiting stack[kStack];
    Hit hit;
    float best = limit * limit;
    stack[0] = {0, 0};
    for (int depth = 1; depth > 0;) {
        const Waiting next = stack[--depth];
        if (!(next.key <= best)) continue;
        if (next.node >= 0) {
            const Node& node = nodes[next.node];
            Floats square = all(0.0f);
            for (int a = 0; a < 3; ++a) {
                const Floats p = all(point[a]);
                const Floats d = larger(larger(load(node.bounds[0][a]) - p, p - load(node.bounds[1][a])), all(0.0f));
                square = square + d * d;
            }
            square = square * all(1 - 1e-6f);
            depth = push(stack, depth, node, below(square, all(best)) & below(square, all(3e38f)), square);
            continue;
        }
        const Leaf& leaf = leaves[~next.node];
        for (int i = 0; i < leaf.count; ++i) {
            if (toward) {
                float turn = 0;
                for (int a = 0; a < 3; ++a) {
                    const int b = (a + 1) % 3, c = (a + 2) % 3;
                    auto side = [&](int k, int axis) { return leaf.corner[k][axis][i] - leaf.corner[0][axis][i]; };
                    turn += toward[a] * (side(1, b) * side(2, c) - side(1, c) * side(2, b));
                }
                if (!(turn > 0)) continue;
            }
            float b1, b2;
            const float square = nearest_on(leaf, i, point, b1, b2);
            if (!(square <= best) || (square == best && hit.face >= 0 && leaf.face[i] > hit.face)) continue;
            best = square, hit.face = leaf.face[i], hit.b1 = b1, hit.b2 = b2, hit.t = std::sqrt(square);
        }
    }
    return hit;
}

// The share of rays, spread over the hemisphere around a normal by their cosine, that nothing stops.
inline float open_share(const Node* nodes, const Leaf* leaves, const float* point, const float* normal,
                        const float* facing, const float* samples, int64_t count, float lift) {
    // Duff et al. 2017, "Building an orthonormal basis, revisited".
    const float sign = std::copysign(1.0f, normal[2]), a = -1 / (sign + normal[2]), b = normal[0] * normal[1] * a;
    const float x[3] = {1 + sign * normal[0] * normal[0] * a, sign * b, -sign * normal[0]};
    const float y[3] = {b, sign + normal[1] * normal[1] * a, -normal[1]};
    float from[3];
    for (int c = 0; c < 3; ++c) from[c] = point[c] + lift * facing[c];
    int64_t open = 0, sent = 0;
    for (int64_t s = 0; s < count; ++s) {
        float d[3], above = 0;
        for (int c = 0; c < 3; ++c) {
            d[c] = samples[3 * s] * x[c] + samples[3 * s + 1] * y[c] + samples[3 * s + 2] * normal[c];
            above += d[c] * facing[c];
        }
        if (!(above > 0)) continue;  // smooth normals lean over flat faces: such rays see only the face itself
        ++sent;
        open += !blocked(nodes, leaves, Ray(from, d), 3e38f);
    }
    return sent ? float(open) / float(sent) : 1.0f;
}

// The loops over a piece of the work, one for each entry of trace.cpp.
inline void first_hits(const Tree& tree, const float* origins, const float* directions, const float* limits,
                       const Hits& out, int64_t begin, int64_t end, bool both_ways) {
    for (int64_t i = begin; i < end; ++i) {
        const Ray ray(origins + 3 * i, directions + 3 * i);
        const Hit hit = both_ways ? first_hit<true>(tree.nodes, tree.leaves, ray, limits[i])
                                  : first_hit<false>(tree.nodes, tree.leaves, ray, limits[i]);
        out.keep(i, hit.face, hit.b1, hit.b2, hit.t);
    }
}

inline void all_blocked(const Tree& tree, const float* origins, const float* directions, const float* limits,
                        uint8_t* out, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
        out[i] = blocked(tree.nodes, tree.leaves, Ray(origins + 3 * i, directions + 3 * i), limits[i]);
}

inline void all_nearest(const Tree& tree, const float* points, const float* toward, const float* limits,
                        const Hits& out, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
        const Hit hit = nearest(tree.nodes, tree.leaves, points + 3 * i, toward ? toward + 3 * i : nullptr, limits[i]);
        out.keep(i, hit.face, hit.b1, hit.b2, hit.t);
    }
}

inline void open_shares(const Tree& tree, const float* points, const float* normals, const float* facing,
                        const uint8_t* set, const float* samples, int64_t rays, float lift, float* out, int64_t begin,
                        int64_t end) {
    for (int64_t i = begin; i < end; ++i)
        out[i] = open_share(tree.nodes, tree.leaves, points + 3 * i, normals + 3 * i, facing + 3 * i,
                            samples + 3 * rays * set[i], rays, lift);
}
