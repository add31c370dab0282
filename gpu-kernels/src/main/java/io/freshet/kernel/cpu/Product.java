package io.freshet.kernel.cpu;

/** Shape and strides of a matrix product {@code c[m, n] (+)= a[m, k] · b}; filled through the three setters. */
final class Product {
    final int m;
    final int n;
    final int k;
    final boolean add;
    int aStart;
    int aStride;
    boolean aTransposed;
    int bStart;
    int bStride;
    int cStart;
    int cStride;

    Product(int m, int n, int k, boolean add) {
        this.m = m;
        this.n = n;
        this.k = k;
        this.add = add;
    }

    Product a(int start, int stride, boolean transposed) {
        aStart = start;
        aStride = stride;
        aTransposed = transposed;
        return this;
    }

    Product b(int start, int stride) {
        bStart = start;
        bStride = stride;
        return this;
    }

    Product c(int start, int stride) {
        cStart = start;
        cStride = stride;
        return this;
    }
}
