/* wifi_ldpc_table.c - parity-check matrices of IEEE 802.11-2020 annex F: the
 * part of the information bits; parity has the same form in all. */
#include "sdr/dsp/wifi_ldpc_table.h"

/* Zeros. */
#define NO (-1)

static const int8_t half_648[12][12] = {
    {0, NO, NO, NO, 0, 0, NO, NO, 0, NO, NO, 0},
    {22, 0, NO, NO, 17, NO, 0, 0, 12, NO, NO, NO},
    {6, NO, 0, NO, 10, NO, NO, NO, 24, NO, 0, NO},
    {2, NO, NO, 0, 20, NO, NO, NO, 25, 0, NO, NO},
    {23, NO, NO, NO, 3, NO, NO, NO, 0, NO, 9, 11},
    {24, NO, 23, 1, 17, NO, 3, NO, 10, NO, NO, NO},
    {25, NO, NO, NO, 8, NO, NO, NO, 7, 18, NO, NO},
    {13, 24, NO, NO, 0, NO, 8, NO, 6, NO, NO, NO},
    {7, 20, NO, 16, 22, 10, NO, NO, 23, NO, NO, NO},
    {11, NO, NO, NO, 19, NO, NO, NO, 13, NO, 3, 17},
    {25, NO, 8, NO, 23, 18, NO, 14, 9, NO, NO, NO},
    {3, NO, NO, NO, 16, NO, NO, 2, 25, 5, NO, NO},
};

static const int8_t half_1296[12][12] = {
    {40, NO, NO, NO, 22, NO, 49, 23, 43, NO, NO, NO},
    {50, 1, NO, NO, 48, 35, NO, NO, 13, NO, 30, NO},
    {39, 50, NO, NO, 4, NO, 2, NO, NO, NO, NO, 49},
    {33, NO, NO, 38, 37, NO, NO, 4, 1, NO, NO, NO},
    {45, NO, NO, NO, 0, 22, NO, NO, 20, 42, NO, NO},
    {51, NO, NO, 48, 35, NO, NO, NO, 44, NO, 18, NO},
    {47, 11, NO, NO, NO, 17, NO, NO, 51, NO, NO, NO},
    {5, NO, 25, NO, 6, NO, 45, NO, 13, 40, NO, NO},
    {33, NO, NO, 34, 24, NO, NO, NO, 23, NO, NO, 46},
    {1, NO, 27, NO, 1, NO, NO, NO, 38, NO, 44, NO},
    {NO, 18, NO, NO, 23, NO, NO, 8, 0, 35, NO, NO},
    {49, NO, 17, NO, 30, NO, NO, NO, 34, NO, NO, 19},
};

static const int8_t half_1944[12][12] = {
    {57, NO, NO, NO, 50, NO, 11, NO, 50, NO, 79, NO},
    {3, NO, 28, NO, 0, NO, NO, NO, 55, 7, NO, NO},
    {30, NO, NO, NO, 24, 37, NO, NO, 56, 14, NO, NO},
    {62, 53, NO, NO, 53, NO, NO, 3, 35, NO, NO, NO},
    {40, NO, NO, 20, 66, NO, NO, 22, 28, NO, NO, NO},
    {0, NO, NO, NO, 8, NO, 42, NO, 50, NO, NO, 8},
    {69, 79, 79, NO, NO, NO, 56, NO, 52, NO, NO, NO},
    {65, NO, NO, NO, 38, 57, NO, NO, 72, NO, 27, NO},
    {64, NO, NO, NO, 14, 52, NO, NO, 30, NO, NO, 32},
    {NO, 45, NO, 70, 0, NO, NO, NO, 77, 9, NO, NO},
    {2, 56, NO, 57, 35, NO, NO, NO, NO, NO, 12, NO},
    {24, NO, 61, NO, 60, NO, NO, 27, 51, NO, NO, 16},
};

static const int8_t two_thirds_648[8][16] = {
    {25, 26, 14, NO, 20, NO, 2, NO, 4, NO, NO, 8, NO, 16, NO, 18},
    {10, 9, 15, 11, NO, 0, NO, 1, NO, NO, 18, NO, 8, NO, 10, NO},
    {16, 2, 20, 26, 21, NO, 6, NO, 1, 26, NO, 7, NO, NO, NO, NO},
    {10, 13, 5, 0, NO, 3, NO, 7, NO, NO, 26, NO, NO, 13, NO, 16},
    {23, 14, 24, NO, 12, NO, 19, NO, 17, NO, NO, NO, 20, NO, 21, NO},
    {6, 22, 9, 20, NO, 25, NO, 17, NO, 8, NO, 14, NO, 18, NO, NO},
    {14, 23, 21, 11, 20, NO, 24, NO, 18, NO, 19, NO, NO, NO, NO, 22},
    {17, 11, 11, 20, NO, 21, NO, 26, NO, 3, NO, NO, 18, NO, 26, NO},
};

static const int8_t two_thirds_1296[8][16] = {
    {39, 31, 22, 43, NO, 40, 4, NO, 11, NO, NO, 50, NO, NO, NO, 6},
    {25, 52, 41, 2, 6, NO, 14, NO, 34, NO, NO, NO, 24, NO, 37, NO},
    {43, 31, 29, 0, 21, NO, 28, NO, NO, 2, NO, NO, 7, NO, 17, NO},
    {20, 33, 48, NO, 4, 13, NO, 26, NO, NO, 22, NO, NO, 46, 42, NO},
    {45, 7, 18, 51, 12, 25, NO, NO, NO, 50, NO, NO, 5, NO, NO, NO},
    {35, 40, 32, 16, 5, NO, NO, 18, NO, NO, 43, 51, NO, 32, NO, NO},
    {9, 24, 13, 22, 28, NO, NO, 37, NO, NO, 25, NO, NO, 52, NO, 13},
    {32, 22, 4, 21, 16, NO, NO, NO, 27, 28, NO, 38, NO, NO, NO, 8},
};

static const int8_t two_thirds_1944[8][16] = {
    {61, 75, 4, 63, 56, NO, NO, NO, NO, NO, NO, 8, NO, 2, 17, 25},
    {56, 74, 77, 20, NO, NO, NO, 64, 24, 4, 67, NO, 7, NO, NO, NO},
    {28, 21, 68, 10, 7, 14, 65, NO, NO, NO, 23, NO, NO, NO, 75, NO},
    {48, 38, 43, 78, 76, NO, NO, NO, NO, 5, 36, NO, 15, 72, NO, NO},
    {40, 2, 53, 25, NO, 52, 62, NO, 20, NO, NO, 44, NO, NO, NO, NO},
    {69, 23, 64, 10, 22, NO, 21, NO, NO, NO, NO, NO, 68, 23, 29, NO},
    {12, 0, 68, 20, 55, 61, NO, 40, NO, NO, NO, 52, NO, NO, NO, 44},
    {58, 8, 34, 64, 78, NO, NO, 11, 78, 24, NO, NO, NO, NO, NO, 58},
};

static const int8_t three_quarters_648[6][18] = {
    {16, 17, 22, 24, 9, 3, 14, NO, 4, 2, 7, NO, 26, NO, 2, NO, 21, NO},
    {25, 12, 12, 3, 3, 26, 6, 21, NO, 15, 22, NO, 15, NO, 4, NO, NO, 16},
    {25, 18, 26, 16, 22, 23, 9, NO, 0, NO, 4, NO, 4, NO, 8, 23, 11, NO},
    {9, 7, 0, 1, 17, NO, NO, 7, 3, NO, 3, 23, NO, 16, NO, NO, 21, NO},
    {24, 5, 26, 7, 1, NO, NO, 15, 24, 15, NO, 8, NO, 13, NO, 13, NO, 11},
    {2, 2, 19, 14, 24, 1, 15, 19, NO, 21, NO, 2, NO, 24, NO, 3, NO, 2},
};

static const int8_t three_quarters_1296[6][18] = {
    {39, 40, 51, 41, 3, 29, 8, 36, NO, 14, NO, 6, NO, 33, NO, 11, NO, 4},
    {48, 21, 47, 9, 48, 35, 51, NO, 38, NO, 28, NO, 34, NO, 50, NO, 50, NO},
    {30, 39, 28, 42, 50, 39, 5, 17, NO, 6, NO, 18, NO, 20, NO, 15, NO, 40},
    {29, 0, 1, 43, 36, 30, 47, NO, 49, NO, 47, NO, 3, NO, 35, NO, 34, NO},
    {1, 32, 11, 23, 10, 44, 12, 7, NO, 48, NO, 4, NO, 9, NO, 17, NO, 16},
    {13, 7, 15, 47, 23, 16, 47, NO, 43, NO, 29, NO, 52, NO, 2, NO, 53, NO},
};

static const int8_t three_quarters_1944[6][18] = {
    {48, 29, 28, 39, 9, 61, NO, NO, NO, 63, 45, 80, NO, NO, NO, 37, 32, 22},
    {4, 49, 42, 48, 11, 30, NO, NO, NO, 49, 17, 41, 37, 15, NO, 54, NO, NO},
    {35, 76, 78, 51, 37, 35, 21, NO, 17, 64, NO, NO, NO, 59, 7, NO, NO, 32},
    {9, 65, 44, 9, 54, 56, 73, 34, 42, NO, NO, NO, 35, NO, NO, NO, 46, 39},
    {3, 62, 7, 80, 68, 26, NO, 80, 55, NO, 36, NO, 26, NO, 9, NO, 72, NO},
    {26, 75, 33, 21, 69, 59, 3, 38, NO, NO, NO, 35, NO, 62, 36, 26, NO, NO},
};

static const int8_t five_sixths_648[4][20] = {
    {17, 13, 8, 21, 9, 3, 18, 12, 10, 0, 4, 15, 19, 2, 5, 10, 26, 19, 13, 13},
    {3, 12, 11, 14, 11, 25, 5, 18, 0, 9, 2, 26, 26, 10, 24, 7, 14, 20, 4, 2},
    {22, 16, 4, 3, 10, 21, 12, 5, 21, 14, 19, 5, NO, 8, 5, 18, 11, 5, 5, 15},
    {7, 7, 14, 14, 4, 16, 16, 24, 24, 10, 1, 7, 15, 6, 10, 26, 8, 18, 21, 14},
};

static const int8_t five_sixths_1296[4][20] = {
    {48, 29, 37, 52, 2,  16, 6,  14, 53, 31,
     34, 5,  18, 42, 53, 31, 45, NO, 46, 52},
    {17, 4, 30, 7, 43, 11, 24, 6, 14, 21, 6, 39, 17, 40, 47, 7, 15, 41, 19, NO},
    {7,  2, 51, 31, 46, 23, 16, 11, 53, 40,
     10, 7, 46, 53, 33, 35, NO, 25, 35, 38},
    {19, 48, 41, 1, 10, 7, 36, 47, 5, 29, 52, 52, 31, 10, 26, 6, 3, 2, NO, 51},
};

static const int8_t five_sixths_1944[4][20] = {
    {13, 48, 80, 66, 4,  74, 7,  30, 76, 52,
     37, 60, NO, 49, 73, 31, 74, 73, 23, NO},
    {69, 63, 74, 56, 64, 77, 57, 65, 6,  16,
     51, NO, 64, NO, 68, 9,  48, 62, 54, 27},
    {51, 15, 0,  80, 24, 25, 42, 54, 44, 71,
     71, 9,  67, 35, NO, 58, NO, 29, NO, 53},
    {16, 29, 36, 41, 44, 56, 59, 37, 50, 24,
     NO, 65, 4,  65, 52, NO, 4,  NO, 73, 52},
};

/* By rate, then length. */
const struct wifi_ldpc wifi_ldpc_table[WIFI_LDPC_RATES][WIFI_LDPC_LENGTHS] = {
    {{27, 12, 12, &half_648[0][0]},
     {54, 12, 12, &half_1296[0][0]},
     {81, 12, 12, &half_1944[0][0]}},
    {{27, 8, 16, &two_thirds_648[0][0]},
     {54, 8, 16, &two_thirds_1296[0][0]},
     {81, 8, 16, &two_thirds_1944[0][0]}},
    {{27, 6, 18, &three_quarters_648[0][0]},
     {54, 6, 18, &three_quarters_1296[0][0]},
     {81, 6, 18, &three_quarters_1944[0][0]}},
    {{27, 4, 20, &five_sixths_648[0][0]},
     {54, 4, 20, &five_sixths_1296[0][0]},
     {81, 4, 20, &five_sixths_1944[0][0]}},
};
