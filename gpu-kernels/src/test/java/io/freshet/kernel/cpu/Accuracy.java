package io.freshet.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;

/**
 * How far a device's outputs are from the truth, beside how far the plain float32 implementation is. A device may be
 * off by {@value #FORWARD} times what the plain one is in forward operators and {@value #BACKWARD} times in backward
 * ones. The plain error is taken as half a unit in the last place of the largest value where it is less than that: a
 * result must be rounded once.
 */
final class Accuracy {
    static final int FORWARD = 2;
    static final int BACKWARD = 5;

    private final String what;
    private final Map<String, Errors> outputs = new TreeMap<>();

    Accuracy(String what) {
        this.what = what;
    }

    /** The largest errors of one output over all trials. */
    private static final class Errors {
        private final int factor;
        private double device;
        private double plain;
        private double largest;
        private double allowance;

        Errors(int factor) {
            this.factor = factor;
        }

        double allowed() {
            return factor * Math.max(plain, Math.ulp((float) largest) / 2) + allowance;
        }
    }

    /** Notes one trial of a forward output. */
    void forward(String output, float[] actual, double[] truth, double[] plain) {
        note(output, FORWARD, actual, truth, plain);
    }

    /** Notes one trial of a gradient. */
    void backward(String output, float[] actual, double[] truth, double[] plain) {
        note(output, BACKWARD, actual, truth, plain);
    }

    /** Says that an output is a difference of values as large as this, however small it is itself. */
    void differenceOf(String output, double size) {
        Errors errors = errors(output);
        errors.largest = Math.max(errors.largest, size);
    }

    /** Allows an output this much more, for a rounding that the device's precision names. */
    void allow(String output, double more) {
        errors(output).allowance = more;
    }

    private Errors errors(String output) {
        Errors errors = outputs.get(output);
        assertThat(errors).as("%s has been noted", output).isNotNull();
        return errors;
    }

    private void note(String output, int factor, float[] actual, double[] truth, double[] plain) {
        assertThat(actual).as("%s: length of %s", what, output).hasSize(truth.length);
        Errors errors = outputs.computeIfAbsent(output, name -> new Errors(factor));
        for (int i = 0; i < truth.length; i++) {
            errors.device = Math.max(errors.device, distance(actual[i], truth[i]));
            errors.plain = Math.max(errors.plain, distance(plain[i], truth[i]));
            errors.largest = Math.max(errors.largest, Math.abs(truth[i]));
        }
    }

    /** Infinite where one is not a number and the other is. */
    private static double distance(double x, double truth) {
        double distance = Math.abs(x - truth);
        return x == truth ? 0 : Double.isNaN(distance) ? Double.POSITIVE_INFINITY : distance;
    }

    /** Fails if an output of any trial is further off than it may be. */
    void check() {
        assertThat(outputs).as("%s: outputs that were compared", what).isNotEmpty();
        outputs.forEach((name, e) -> assertThat(e.device)
                .as(
                        "%s: error of %s, where plain float32 is off by %s and values reach %s",
                        what, name, e.plain, e.largest)
                .isLessThanOrEqualTo(e.allowed()));
    }
}
