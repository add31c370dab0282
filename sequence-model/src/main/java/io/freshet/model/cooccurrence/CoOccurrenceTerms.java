package io.freshet.model.cooccurrence;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.SparseTerms;
import io.freshet.model.LogitBiases;
import java.util.Arrays;

/** The terms that {@link CoOccurrences} adds to the scores of a batch's rows, by column, with their gradients. */
public final class CoOccurrenceTerms {
    /** Values of the digit that one pass of the sort looks at. */
    private static final int DIGITS = 256;
    /** Fewer terms than this are sorted by comparing them. */
    private static final int FEW = 48;

    private final Device device;
    private int[] rowStart = new int[64]; // [rows + 1]
    private int rows;
    private int size;
    private long[] order = new long[1024]; // [K] column, lag, position in the row
    private long[] sorted = new long[256]; // [terms of a row]
    private final int[] starts = new int[DIGITS + 1]; // [DIGITS + 1]
    private int[] columns = new int[1024]; // [K] item index or shard row
    private int[] lags = new int[1024]; // [K]
    private float[] features = new float[1024]; // [K]
    private float[] values = new float[1024]; // [K] feature * weight
    private float[] unsorted = new float[256]; // [terms of a row]
    private float[] unsortedValues = new float[256]; // [terms of a row]
    private float[] host = new float[1024]; // [K]
    private Ints deviceRows; // [rows + 1]
    private Ints deviceColumns; // [K]
    private Floats deviceValues; // [K]
    private Floats gradient; // [K]

    public CoOccurrenceTerms(Device device) {
        this.device = device;
        deviceRows = device.ints(64);
        deviceColumns = device.ints(1024);
        deviceValues = device.floats(1024);
        gradient = device.floats(1024);
    }

    /** Forgets all rows. */
    public void clear() {
        rows = 0;
        size = 0;
    }

    void add(int column, int lag, float feature, float weight) {
        if (size == columns.length) {
            order = Arrays.copyOf(order, 2 * size);
            columns = Arrays.copyOf(columns, 2 * size);
            lags = Arrays.copyOf(lags, 2 * size);
            features = Arrays.copyOf(features, 2 * size);
            values = Arrays.copyOf(values, 2 * size);
        }
        order[size] = (long) column << 32 | (long) lag << 24 | (size - rowStart[rows]);
        columns[size] = column;
        lags[size] = lag;
        features[size] = feature;
        values[size++] = feature * weight;
    }

    /** Ends a row: sorts its terms by column, then lag. */
    public void endRow() {
        int from = rowStart[rows];
        int count = size - from;
        sort(from, count);
        if (unsorted.length < count) {
            unsorted = new float[2 * count];
            unsortedValues = new float[2 * count];
        }
        System.arraycopy(features, from, unsorted, 0, count);
        System.arraycopy(values, from, unsortedValues, 0, count);
        for (int i = from; i < size; i++) {
            int source = (int) (order[i] & 0xffffff);
            columns[i] = (int) (order[i] >>> 32);
            lags[i] = (int) (order[i] >>> 24 & 0xff);
            features[i] = unsorted[source];
            values[i] = unsortedValues[source];
        }
        if (++rows + 1 > rowStart.length) {
            rowStart = Arrays.copyOf(rowStart, 2 * rowStart.length);
        }
        rowStart[rows] = size;
    }

    /** Sorts a row's {@link #order}. It stands by position before, so that stable passes over lag and column do it. */
    private void sort(int from, int count) {
        if (count < FEW) {
            Arrays.sort(order, from, from + count);
            return;
        }
        if (sorted.length < count) {
            sorted = new long[2 * count];
        }
        long all = 0;
        for (int i = from; i < from + count; i++) {
            all |= order[i];
        }
        for (int shift = 24; shift < 64 && all >>> shift != 0; shift += 8) {
            Arrays.fill(starts, 0);
            for (int i = from; i < from + count; i++) {
                starts[(int) (order[i] >>> shift & DIGITS - 1) + 1]++;
            }
            for (int digit = 0; digit < DIGITS; digit++) {
                starts[digit + 1] += starts[digit];
            }
            for (int i = from; i < from + count; i++) {
                sorted[starts[(int) (order[i] >>> shift & DIGITS - 1)]++] = order[i];
            }
            System.arraycopy(sorted, 0, order, from, count);
        }
    }

    /** Adds the terms of row 0 to scores on the heap, {@code scores [V]}. */
    public void addTo(float[] scores) {
        for (int i = 0; i < size; i++) {
            scores[columns[i]] += values[i];
        }
    }

    /** Adds the terms of row 0 to a column's score, in the order in which {@link #addTo(float[])} does. */
    public float addTo(float score, int column) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (columns[middle] < column) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        float sum = score;
        for (int i = low; i < size && columns[i] == column; i++) {
            sum += values[i];
        }
        return sum;
    }

    /** The terms on the device; valid until the next {@link #clear}. */
    public SparseTerms upload() {
        if (deviceRows.length() < rows + 1) {
            deviceRows = device.ints(2 * rows + 1);
        }
        if (deviceColumns.length() < size) {
            deviceColumns = device.ints(2 * size);
            deviceValues = device.floats(2 * size);
            gradient = device.floats(2 * size);
        }
        deviceRows.upload(rowStart, 0, 0, rows + 1);
        deviceColumns.upload(columns, 0, 0, size);
        deviceValues.upload(values, 0, 0, size);
        return new SparseTerms(deviceRows, deviceColumns, deviceValues);
    }

    /** Where the softmax leaves the terms' gradients, {@code [K]}. */
    public Floats gradient() {
        return gradient;
    }

    /** Gradient of the learned weights: the terms' gradients times their features; {@code [LAG_WEIGHTS]}. */
    public float[] weightGradient() {
        if (host.length < size) {
            host = new float[2 * size];
        }
        gradient.download(0, host, 0, size);
        double[] sums = new double[LogitBiases.LAG_WEIGHTS];
        for (int i = 0; i < size; i++) {
            if (lags[i] > LogitBiases.LAG_WEIGHTS) {
                continue;
            }
            sums[lags[i] - 1] += (double) host[i] * features[i];
        }
        float[] result = new float[sums.length];
        for (int lag = 0; lag < sums.length; lag++) {
            result[lag] = (float) sums[lag];
        }
        return result;
    }
}
