// Sets of cells on a square grid, a bit a cell, and the places where one set fits beside another.
#pragma once
#include "kernel.h"

namespace maquette::atlas {

// The cells that a chart covers, as runs of columns [from, to) in each row.
struct Mask {
    struct Run {
        int row, from, to;
    };
    int width = 0, height = 0;
    std::vector<Run> runs;   // by row, then column
    std::vector<int> order;  // the runs, the longest first: where one does not fit, it is found at once

    void sort() {
        order.resize(runs.size());
        for (size_t i = 0; i < runs.size(); ++i) order[i] = int(i);
        std::stable_sort(order.begin(), order.end(),
                         [&](int a, int b) { return runs[a].to - runs[a].from > runs[b].to - runs[b].from; });
    }
};

// From bytes, row by row; turned by quarter circles, (x, y) to (height - 1 - y, x) each.
inline Mask mask_of(const std::vector<uint8_t>& cells, int width, int height, int turn) {
    bool upright = turn % 2 == 0;
    Mask out;
    out.width = upright ? width : height, out.height = upright ? height : width;
    for (int y = 0; y < out.height; ++y)
        for (int x = 0, from = -1; x <= out.width; ++x) {
            bool set = false;
            if (x < out.width) {
                int u = turn == 0 ? x : turn == 1 ? y : turn == 2 ? width - 1 - x : width - 1 - y;
                int v = turn == 0 ? y : turn == 1 ? height - 1 - x : turn == 2 ? height - 1 - y : x;
                set = cells[size_t(v) * width + u];
            }
            if (set && from < 0) from = x;
            if (!set && from >= 0) out.runs.push_back({y, from, x}), from = -1;
        }
    out.sort();
    return out;
}

// Which cells are taken. For each row also the unions of the row with itself moved by 1, 3, 7, ...: so the columns
// where a run of any length is blocked are the union of two of them.
class Board {
   public:
    explicit Board(int side) : side_(side), words_((side + 63) / 64), free_(words_), level_(1) {
        while ((1 << level_) <= side) ++level_;
        taken_.assign(size_t(side) * level_ * words_, 0);
    }

    // Takes the columns [from, to) of a row; `refresh` must follow.
    void take(int row, int from, int to) {
        uint64_t* line = at(row, 0);
        for (int x = std::max(from, 0), end = std::min(to, side_); x < end;) {
            int bits = std::min(64 - x % 64, end - x);
            line[x / 64] |= (bits == 64 ? ~uint64_t(0) : ((uint64_t(1) << bits) - 1)) << (x % 64);
            x += bits;
        }
    }
    void refresh(int row) {
        for (int l = 1; l < level_; ++l) {
            uint64_t *line = at(row, l), *before = at(row, l - 1);
            for (int w = 0; w < words_; ++w) line[w] = before[w];
            add_moved(before, 1 << (l - 1), line);
        }
    }

    // The first column at which the mask fits with its first row at `row`, or -1.
    int fit(const Mask& mask, int row) {
        int last = side_ - mask.width;  // columns after it would stick out
        if (last < 0) return -1;
        for (int w = 0; w < words_; ++w) free_[w] = 0;
        int words = last / 64 + 1;
        for (int i : mask.order) {
            const Mask::Run& run = mask.runs[i];
            int length = run.to - run.from, l = 0;
            while ((2 << l) <= length) ++l;
            const uint64_t* line = at(row + run.row, l);
            add_moved(line, run.from, free_.data(), words);
            if ((1 << l) != length) add_moved(line, run.to - (1 << l), free_.data(), words);
            uint64_t open = 0;
            for (int w = 0; w < words - 1; ++w) open |= ~free_[w];
            open |= ~free_[words - 1] & (~uint64_t(0) >> (63 - last % 64));
            if (!open) return -1;
        }
        for (int x = 0; x <= last; ++x)
            if (!(free_[x / 64] >> (x % 64) & 1)) return x;
        return -1;
    }

   private:
    uint64_t* at(int row, int level) { return &taken_[(size_t(row) * level_ + level) * words_]; }
    void add_moved(const uint64_t* line, int by, uint64_t* onto) const { add_moved(line, by, onto, words_); }
    void add_moved(const uint64_t* line, int by, uint64_t* onto, int words) const {
        int whole = by / 64, part = by % 64, end = std::min(words, words_ - whole);
        if (part == 0) {
            for (int w = 0; w < end; ++w) onto[w] |= line[w + whole];
            return;
        }
        for (int w = 0; w < end; ++w) {
            uint64_t high = w + whole + 1 < words_ ? line[w + whole + 1] << (64 - part) : 0;
            onto[w] |= line[w + whole] >> part | high;
        }
    }

    int side_, words_;
    std::vector<uint64_t> free_;
    int level_;
    std::vector<uint64_t> taken_;
};

}  // namespace maquette::atlas
