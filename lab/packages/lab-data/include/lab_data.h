#define LAB_DATA 1
