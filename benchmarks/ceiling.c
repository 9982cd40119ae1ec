/* Bit vectors in C over the tables of engine/batch.py: what a core can do. One row of words for each class; the rows of
   a flow are ANDed word by word, and each layer stops at its first bit. */
#include <stdint.h>
#include <stddef.h>

typedef struct { const uint32_t *first, *second; const int32_t *third; } trie;

static inline size_t class_of(const trie *t, uint32_t address) {
    uint32_t at = t->first[address >> 16] + ((address >> 8) & 255);
    return t->third[t->second[at] + (address & 255)];
}

void classify(size_t flows, size_t layers, size_t words, const trie *tries, const uint64_t *source_rows,
              const uint64_t *destination_rows, const int64_t **lines, const uint64_t **service_rows,
              const uint8_t *protocols, const uint32_t *sources, const uint16_t *source_ports,
              const uint32_t *destinations, const uint16_t *destination_ports, int32_t *deciders) {
    size_t width = layers * words;
    for (size_t at = 0; at < flows; at++) {
        const uint64_t *a = source_rows + class_of(&tries[0], sources[at]) * width;
        const uint64_t *b = destination_rows + class_of(&tries[1], destinations[at]) * width;
        int64_t service = lines[0][protocols[at]] + lines[1][destination_ports[at]], port = lines[2][source_ports[at]];
        const uint64_t *c = service_rows[0] + (service_rows[1] ? service : service + port) * width;
        const uint64_t *d = service_rows[1] ? service_rows[1] + port * width : c;
        for (size_t layer = 0; layer < layers; layer++) {
            for (size_t word = layer * words; word < (layer + 1) * words; word++) {
                uint64_t found = a[word] & b[word] & c[word] & d[word];
                if (found) {
                    deciders[layer * flows + at] = (int32_t)((word - layer * words) * 64 + __builtin_ctzll(found));
                    break;
                }
            }
        }
    }
}
