package io.freshet.kernel.cpu;

/**
 * Arithmetic in which a reference is written once. In float64 it is the truth; in float32, where every single result is
 * rounded, it is the plain implementation whose error says how exact a device must be.
 */
enum Arithmetic {
    FLOAT64 {
        @Override
        double round(double x) {
            return x;
        }
    },
    /** Rounding a float64 result of float32 operands is the float32 operation: 53 bits are more than twice 24. */
    FLOAT32 {
        @Override
        double round(double x) {
            return (float) x;
        }
    };

    abstract double round(double x);

    double add(double a, double b) {
        return round(a + b);
    }

    double sub(double a, double b) {
        return round(a - b);
    }

    double mul(double a, double b) {
        return round(a * b);
    }

    double div(double a, double b) {
        return round(a / b);
    }

    /** {@code sum + a * b}, rounded twice. */
    double madd(double sum, double a, double b) {
        return add(sum, mul(a, b));
    }

    double sqrt(double x) {
        return round(Math.sqrt(x));
    }

    double exp(double x) {
        return round(Math.exp(x));
    }

    double log(double x) {
        return round(Math.log(x));
    }

    double sigmoid(double x) {
        return div(1, add(1, exp(-x)));
    }

    double silu(double x) {
        return mul(x, sigmoid(x));
    }

    /** Slope of {@link #silu}. */
    double siluSlope(double x) {
        double s = sigmoid(x);
        return mul(s, add(1, mul(x, sub(1, s))));
    }

    /** Inner product of {@code n} values, in order. */
    double dot(int n, float[] a, int aStart, float[] b, int bStart) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum = madd(sum, a[aStart + i], b[bStart + i]);
        }
        return sum;
    }
}
