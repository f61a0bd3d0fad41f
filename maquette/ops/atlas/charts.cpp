// A mesh to charts that lie flat without overlap: pieces that face one way are laid flat, and neighbours are joined
// as long as the whole stays nearly as long and wide as the surface is. Nothing is joined that has not been checked, a
// piece that fails is cut in two, and a single face never fails: the work is bounded, whatever the mesh.
#include "atlas/chart.h"
#include "atlas/clusters.h"

namespace maquette::atlas {
namespace {

constexpr double kFlatness = 0.86;   // of first pieces: a cap of 44 degrees, or 107 degrees of a cylinder
constexpr double kWidest = 0.3;      // spread of a piece, with the whole area 1: longer ones would not fit the square
constexpr double kLongest = 1.15;    // across a chart, likewise
constexpr double kLargest = 0.15;    // area of a joined chart, likewise
constexpr double kFilled = 0.8;      // of its bounding box: charts with arms and bays leave gaps in the atlas
constexpr double kStrain = 0.025;    // mean energy of a joined chart: about a tenth of any length
constexpr double kFirstStrain = 0.08;  // of a first piece
constexpr int64_t kWork = 900;         // sweeps over the whole mesh, spent on joining at most

class Charts {
   public:
    explicit Charts(const Surface& s)
        : s_(s), relax_(s), chart_of_(s.count, -1), joined_(3 * s.count, 0), place_(s.count, 0) {}

    void make() {
        first_charts(clusters(s_, kFlatness, kWidest));
        join();
    }

    // Writes per corner: its chart and its flat position; returns the number of charts.
    int64_t write(int32_t* chart_of_face, int32_t* corners, double* flat) {
        int64_t count = 0, vertices = 0;
        std::vector<int32_t> at(s_.point.size(), -1);  // some corner of each mesh vertex
        for (const Chart& chart : charts_) {
            if (chart.empty()) continue;
            std::vector<int32_t> name(chart.flat.size(), -1);
            for (size_t i = 0; i < chart.faces.size(); ++i) {
                int32_t f = chart.faces[i];
                chart_of_face[f] = int32_t(count);
                for (int k = 0; k < 3; ++k) {
                    int32_t v = chart.corner[3 * i + k];
                    if (name[v] < 0) {
                        name[v] = int32_t(vertices++);
                        flat[2 * name[v]] = chart.flat[v].x, flat[2 * name[v] + 1] = chart.flat[v].y;
                    }
                    corners[3 * int64_t(f) + k] = name[v];
                    if (at[s_.face[3 * f + k]] < 0) at[s_.face[3 * f + k]] = 3 * f + k;
                }
            }
            ++count;
        }
        // Faces without area lie in a point of some chart, the one that a corner of theirs is in where there is one.
        int32_t any = -1;
        for (int64_t f = 0; f < s_.count && any < 0; ++f)
            if (!s_.flat(f)) any = int32_t(3 * f);
        if (any < 0) count = 1;
        for (int64_t f = 0; f < s_.count; ++f) {
            if (!s_.flat(f)) continue;
            int32_t from = any;
            for (int k = 0; k < 3; ++k)
                if (at[s_.face[3 * f + k]] >= 0) from = at[s_.face[3 * f + k]];
            chart_of_face[f] = from < 0 ? 0 : chart_of_face[from / 3];
            for (int k = 0; k < 3; ++k, ++vertices) {
                corners[3 * f + k] = int32_t(vertices);
                for (int i = 0; i < 2; ++i) flat[2 * vertices + i] = from < 0 ? 0 : flat[2 * int64_t(corners[from]) + i];
            }
        }
        return count;
    }

   private:
    void first_charts(const std::vector<int32_t>& label) {
        std::vector<std::vector<int32_t>> waiting = components(label);
        while (!waiting.empty()) {
            std::vector<int32_t> faces = std::move(waiting.back());
            waiting.pop_back();
            Chart chart = laid(faces);
            if (chart.empty()) {
                for (auto& half : halves(faces)) waiting.push_back(std::move(half));
                continue;
            }
            chart_up(chart);
            charts_.push_back(std::move(chart));
        }
    }

    // Faces of one label that hang together, each in the order of a walk from its first.
    std::vector<std::vector<int32_t>> components(const std::vector<int32_t>& label) {
        std::vector<std::vector<int32_t>> out;
        std::vector<uint8_t> seen(s_.count, 0);
        for (int32_t f = 0; f < s_.count; ++f) {
            if (seen[f] || label[f] < 0) continue;
            std::vector<int32_t> faces{f};
            seen[f] = 1;
            for (size_t i = 0; i < faces.size(); ++i)
                for (int k = 0; k < 3; ++k) {
                    int32_t g = s_.opposite[3 * faces[i] + k];
                    if (g < 0 || seen[g / 3] || label[g / 3] != label[f]) continue;
                    seen[g / 3] = 1, faces.push_back(g / 3);
                }
            out.push_back(std::move(faces));
        }
        return out;
    }

    // The nearer and the farther half of a piece, counted in steps from one of its ends.
    std::vector<std::vector<int32_t>> halves(const std::vector<int32_t>& faces) {
        std::unordered_map<int32_t, int32_t> label;
        for (int32_t f : faces) label[f] = 0;
        auto walk = [&](int32_t from, int32_t mark) {
            std::vector<int32_t> order{from};
            label[from] = mark;
            for (size_t i = 0; i < order.size(); ++i)
                for (int k = 0; k < 3; ++k) {
                    int32_t g = s_.opposite[3 * order[i] + k];
                    if (g < 0) continue;
                    auto found = label.find(g / 3);
                    if (found == label.end() || found->second == mark) continue;
                    found->second = mark, order.push_back(g / 3);
                }
            return order;
        };
        std::vector<int32_t> order = walk(walk(faces[0], 1).back(), 2);
        for (size_t i = 0; i < order.size(); ++i) label[order[i]] = i < (order.size() + 1) / 2 ? 3 : 4;
        std::vector<std::vector<int32_t>> out;
        for (int32_t f : order) {
            int32_t mark = label[f];
            if (mark < 3) continue;
            std::vector<int32_t> part{f};
            label[f] = 0;
            for (size_t i = 0; i < part.size(); ++i)
                for (int k = 0; k < 3; ++k) {
                    int32_t g = s_.opposite[3 * part[i] + k];
                    if (g < 0) continue;
                    auto found = label.find(g / 3);
                    if (found == label.end() || found->second != mark) continue;
                    found->second = 0, part.push_back(g / 3);
                }
            out.push_back(std::move(part));
        }
        return out;
    }

    // A piece seen along its normal and relaxed; empty where that is no good.
    Chart laid(const std::vector<int32_t>& faces) {
        Chart chart;
        chart.faces = faces;
        Space sum = {0, 0, 0};
        for (int32_t f : faces) sum = sum + s_.area[f] * s_.normal[f], chart.area += s_.area[f];
        if (faces.size() == 1) {
            int32_t f = faces[0];
            chart.corner = {0, 1, 2};
            chart.flat = {Plane{0, 0}, s_.side[3 * f], Plane{0, 0} - s_.side[3 * f + 2]};
            return chart;
        }
        if (!(length(sum) > 0)) return {};
        Space n = (1 / length(sum)) * sum, x = std::abs(n[0]) < 0.6 ? Space{1, 0, 0} : Space{0, 1, 0};
        x = cross(x, n), x = (1 / length(x)) * x;
        Space y = cross(n, x);
        std::unordered_map<int32_t, int32_t> name;
        for (int32_t f : faces)
            for (int k = 0; k < 3; ++k) {
                int32_t v = s_.face[3 * f + k];
                auto [at, fresh] = name.try_emplace(v, int32_t(chart.flat.size()));
                if (fresh) chart.flat.push_back({dot(s_.point[v], x), dot(s_.point[v], y)});
                chart.corner.push_back(at->second);
            }
        set_joined(faces, true);
        Chart plain = chart;
        relax_.run(chart, 4, 12);
        Strain found = strain(s_, chart);
        if (found.worst > kWorst || found.mean > kFirstStrain) {
            relax_.run(chart, 8, 25);
            found = strain(s_, chart);
        }
        if (found.worst <= kWorst && found.mean <= kFirstStrain && embedding_.holds(chart, joined_)) return chart;
        found = strain(s_, plain);
        if (found.worst <= kWorst && found.mean <= kFirstStrain && embedding_.holds(plain, joined_)) return plain;
        set_joined(faces, false);
        return {};
    }

    void set_joined(const std::vector<int32_t>& faces, bool on) {
        if (!on) {
            for (int32_t f : faces)
                for (int k = 0; k < 3; ++k) joined_[3 * f + k] = 0;
            return;
        }
        for (int32_t f : faces) chart_of_[f] = -2;
        for (int32_t f : faces)
            for (int k = 0; k < 3; ++k) {
                int32_t g = s_.opposite[3 * f + k];
                joined_[3 * f + k] = g >= 0 && chart_of_[g / 3] == -2;
            }
        for (int32_t f : faces) chart_of_[f] = -1;
    }

    void chart_up(Chart& chart) {
        for (size_t i = 0; i < chart.faces.size(); ++i) {
            chart_of_[chart.faces[i]] = int32_t(charts_.size()), place_[chart.faces[i]] = int32_t(i);
            for (int k = 0; k < 3; ++k)
                if (!joined_[3 * chart.faces[i] + k]) chart.border += s_.size(3 * chart.faces[i] + k);
        }
    }

    struct Pair {
        double gain;
        int32_t a, b;
        uint32_t stamp_a, stamp_b;
        bool operator<(const Pair& o) const {
            if (gain != o.gain) return gain < o.gain;
            return a != o.a ? a > o.a : b > o.b;
        }
    };

    // What a chart shares with each neighbour: the more of the smaller one's border, and the smoother, the better.
    void offer(int32_t a) {
        struct Seam {
            double length = 0, smooth = 0;
        };
        std::vector<std::pair<int32_t, Seam>> seams;
        slot_.resize(charts_.size(), -1);
        for (int32_t f : charts_[a].faces)
            for (int k = 0; k < 3; ++k) {
                int32_t h = 3 * f + k, g = s_.opposite[h];
                if (g < 0 || joined_[h]) continue;
                int32_t b = chart_of_[g / 3];
                if (b == a) continue;
                if (slot_[b] < 0) slot_[b] = int32_t(seams.size()), seams.push_back({b, {}});
                Seam& seam = seams[slot_[b]].second;
                seam.length += s_.size(h);
                seam.smooth += s_.size(h) * std::max(0.0, dot(s_.normal[f], s_.normal[g / 3]));
            }
        for (auto& [b, seam] : seams) {
            slot_[b] = -1;
            const Chart &x = charts_[a], &y = charts_[b];
            double small = std::min(x.area, y.area), smooth = seam.smooth / seam.length;
            double share = seam.length / std::max(std::min(x.border, y.border), 1e-300);
            if (smooth < 0.7 && small > 8e-3) continue;  // textures want their seams on sharp edges
            if (share < 0.1 || x.area + y.area > kLargest) continue;
            int32_t low = std::min(a, b), high = std::max(a, b);
            heap_.push({share * (0.3 + smooth), low, high, charts_[low].stamp, charts_[high].stamp});
        }
    }

    void join() {
        for (int32_t c = 0; c < int32_t(charts_.size()); ++c) offer(c);
        int64_t until = relax_.work + kWork * s_.count;
        while (!heap_.empty() && relax_.work < until) {
            Pair pair = heap_.top();
            heap_.pop();
            int32_t a = pair.a, b = pair.b;
            if (charts_[a].empty() || charts_[b].empty()) continue;
            if (charts_[a].stamp != pair.stamp_a || charts_[b].stamp != pair.stamp_b) continue;
            if (charts_[a].faces.size() < charts_[b].faces.size()) std::swap(a, b);
            if (attach(a, b)) offer(a);
        }
    }

    bool attach(int32_t a, int32_t b) {
        Chart &large = charts_[a], &small = charts_[b];
        std::vector<int32_t> shared;  // half-edges of the small chart whose other side is in the large one
        for (int32_t f : small.faces)
            for (int k = 0; k < 3; ++k) {
                int32_t h = 3 * f + k, g = s_.opposite[h];
                if (g >= 0 && !joined_[h] && chart_of_[g / 3] == a) shared.push_back(h);
            }
        auto start = [&](const Chart& chart, int32_t h) { return chart.corner[3 * place_[h / 3] + h % 3]; };
        // Arcs: runs of shared edges that follow one another in both charts.
        std::vector<int32_t> arc(shared.size());
        std::iota(arc.begin(), arc.end(), 0);
        auto root = [&](int32_t i) {
            while (arc[i] != i) i = arc[i] = arc[arc[i]];
            return i;
        };
        std::unordered_map<int64_t, int32_t> begins;
        auto key = [&](int32_t in_small, int32_t in_large) { return int64_t(in_small) << 32 | in_large; };
        for (size_t i = 0; i < shared.size(); ++i)
            begins[key(start(small, shared[i]), start(large, next(s_.opposite[shared[i]])))] = int32_t(i);
        for (size_t i = 0; i < shared.size(); ++i) {
            auto found = begins.find(key(start(small, next(shared[i])), start(large, s_.opposite[shared[i]])));
            if (found != begins.end()) arc[root(int32_t(i))] = root(found->second);
        }
        std::vector<double> length(shared.size(), 0);
        for (size_t i = 0; i < shared.size(); ++i) length[root(int32_t(i))] += s_.size(shared[i]);
        int32_t chosen = int32_t(std::max_element(length.begin(), length.end()) - length.begin());
        // The turn and shift that bring the arc's edges together best.
        Plane from, to, best;
        double total = 0;
        auto ends = [&](int32_t h, auto&& visit) {
            visit(start(small, h), start(large, next(s_.opposite[h])));
            visit(start(small, next(h)), start(large, s_.opposite[h]));
        };
        for (size_t i = 0; i < shared.size(); ++i)
            if (root(int32_t(i)) == chosen)
                ends(shared[i], [&](int32_t v, int32_t w) {
                    double share = s_.size(shared[i]);
                    from = from + share * small.flat[v], to = to + share * large.flat[w], total += share;
                });
        from = (1 / total) * from, to = (1 / total) * to;
        for (size_t i = 0; i < shared.size(); ++i)
            if (root(int32_t(i)) == chosen)
                ends(shared[i], [&](int32_t v, int32_t w) {
                    Plane p = small.flat[v] - from, q = large.flat[w] - to;
                    best = best + s_.size(shared[i]) * Plane{dot(p, q), cross(p, q)};
                });
        double size = std::sqrt(dot(best, best));
        if (!(size > 0)) return false;
        best = (1 / size) * best;

        Chart both;
        both.faces = large.faces, both.flat = large.flat, both.corner = large.corner;
        both.faces.insert(both.faces.end(), small.faces.begin(), small.faces.end());
        both.area = large.area + small.area;
        int32_t offset = int32_t(large.flat.size());
        relax_.work += 8 * int64_t(both.faces.size());  // what the copies and checks take, in sweeps
        for (Plane p : small.flat) both.flat.push_back(to + turn(best, p - from));
        // Ends of the arc's edges become one, and of other shared edges where they came to lie side by side.
        std::vector<int32_t> same(both.flat.size());
        std::iota(same.begin(), same.end(), 0);
        auto one = [&](int32_t v) {
            while (same[v] != v) v = same[v] = same[same[v]];
            return v;
        };
        for (size_t i = 0; i < shared.size(); ++i)
            ends(shared[i], [&](int32_t v, int32_t w) {
                Plane gap = both.flat[offset + v] - both.flat[w];
                double near = 0.3 * s_.size(shared[i]);
                if (root(int32_t(i)) != chosen && dot(gap, gap) > near * near) return;
                int32_t p = one(offset + v), q = one(w);
                if (p != q) same[std::max(p, q)] = std::min(p, q);
            });
        std::vector<int32_t> undo;
        for (int32_t h : shared) {
            bool first = one(offset + start(small, h)) == one(start(large, next(s_.opposite[h])));
            bool second = one(offset + start(small, next(h))) == one(start(large, s_.opposite[h]));
            if (first && second) joined_[h] = joined_[s_.opposite[h]] = 1, undo.push_back(h);
        }
        double wanted = filled_enough(large, small);
        // Quick: the small chart as it lies, its seam pulled onto the large one's.
        std::vector<int32_t> name(both.flat.size(), -1);
        std::vector<Plane> flat;
        for (size_t v = 0; v < both.flat.size(); ++v)
            if (one(int32_t(v)) == int32_t(v)) name[v] = int32_t(flat.size()), flat.push_back(both.flat[v]);
        for (int32_t v : small.corner) both.corner.push_back(v + offset);
        for (int32_t& v : both.corner) v = name[one(v)];
        both.flat = std::move(flat);
        // Ends of the large chart that became one of each other moved its own faces too.
        bool kept = true;
        for (int32_t v = 0; v < offset; ++v) kept &= one(v) == v;
        bool good = fits(both, wanted) && acceptable(both, kept ? large.faces.size() : 0);
        if (!good) {
            relax_.run(both, 3, 10);
            if (strain(s_, both).mean < 3 * kStrain) {
                relax_.run(both, 5, 20);
                good = fits(both, wanted) && acceptable(both, 0);
            }
        }
        if (!good) {
            for (int32_t h : undo) joined_[h] = joined_[s_.opposite[h]] = 0;
            return false;
        }
        both.border = large.border + small.border;
        for (int32_t h : undo) both.border -= 2 * s_.size(h);
        both.stamp = large.stamp + 1;
        for (size_t i = large.faces.size(); i < both.faces.size(); ++i)
            chart_of_[both.faces[i]] = a, place_[both.faces[i]] = int32_t(i);
        large = std::move(both);
        small = Chart{};
        return true;
    }

    // The smallest of some upright boxes around a chart: how long it is, and how much of it the chart fills.
    static void box(const Chart& chart, double& longest, double& filled) {
        double least = 1e300;
        for (Plane along : {Plane{1, 0}, Plane{0.966, 0.259}, Plane{0.866, 0.5}, Plane{0.707, 0.707}, Plane{0.5, 0.866},
                            Plane{0.259, 0.966}}) {
            double low[2] = {1e300, 1e300}, high[2] = {-1e300, -1e300};
            for (Plane p : chart.flat) {
                double x = dot(along, p), y = cross(along, p);
                low[0] = std::min(low[0], x), high[0] = std::max(high[0], x);
                low[1] = std::min(low[1], y), high[1] = std::max(high[1], y);
            }
            double size = (high[0] - low[0]) * (high[1] - low[1]);
            if (size < least) least = size, longest = std::max(high[0] - low[0], high[1] - low[1]);
        }
        filled = chart.area / std::max(least, 1e-300);
    }

    static double filled_enough(const Chart& a, const Chart& b) {
        double longest = 0, first = 0, second = 0;
        box(a, longest, first), box(b, longest, second);
        return std::min(kFilled, (a.area + b.area) / (a.area / first + b.area / second));
    }

    // Not too long for the square, and no worse to pack than its parts.
    static bool fits(const Chart& chart, double wanted) {
        double longest = 0, filled = 0;
        box(chart, longest, filled);
        return longest < kLongest && filled > wanted;
    }

    bool acceptable(const Chart& chart, size_t from) {
        Strain found = strain(s_, chart, from);
        return found.worst <= kWorst && found.mean <= kStrain && embedding_.holds(chart, joined_);
    }

    const Surface& s_;
    Relaxation relax_;
    Embedding embedding_;
    std::vector<Chart> charts_;
    std::vector<int32_t> chart_of_;
    std::vector<uint8_t> joined_;
    std::vector<int32_t> place_;  // of each face in its chart
    std::vector<int32_t> slot_;   // of each neighbour in what `offer` gathers; -1 between calls
    std::priority_queue<Pair> heap_;
};

}  // namespace
}  // namespace maquette::atlas

// vertices: [vertices, 3]; faces: [faces, 3]. chart_of_face: [faces]; corners: [faces, 3] names of flat vertices, which
// charts do not share; flat: [3 faces, 2], filled from the front. Returns the number of charts.
MAQUETTE_EXPORT int64_t maquette_charts(const float* vertices, const int32_t* faces, int32_t* chart_of_face,
                                        int32_t* corners, double* flat, int64_t vertex_count, int64_t face_count) try {
    maquette::atlas::Surface surface(vertices, vertex_count, faces, face_count);
    maquette::atlas::Charts charts(surface);
    charts.make();
    return charts.write(chart_of_face, corners, flat);
} MAQUETTE_END
