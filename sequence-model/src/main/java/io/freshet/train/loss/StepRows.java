package io.freshet.train.loss;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.model.ModelConfig;
import java.util.Arrays;

/**
 * The rows of one lane's items that a step reads: candidates of the loss first, then rows that are only read as
 * input. A
 * <em>slot</em> is a row's place here.
 */
final class StepRows {
    private final Device device;
    private final int width;
    private int[] slotOf = new int[1024];
    private int[] stamp = new int[1024];
    private int now;
    /** Place of the item of every slot. */
    int[] places = new int[1024];

    int count;
    int candidates;
    float[] training = new float[1024];
    float[] ranking = new float[1024];
    private Ints devicePlaces;
    Floats rows;
    Floats normalized;
    Floats inverseNorms;
    Floats trainingBias;
    Floats rankingBias;

    StepRows(ModelConfig config, Device device) {
        this.device = device;
        this.width = config.width();
        allocate(1024);
    }

    private void allocate(int capacity) {
        devicePlaces = device.ints(capacity);
        rows = device.floats(capacity * width);
        normalized = device.floats(capacity * width);
        inverseNorms = device.floats(capacity);
        trainingBias = device.floats(capacity);
        rankingBias = device.floats(capacity);
    }

    /** Forgets all rows; {@code items} is the number of the lane's items. */
    void begin(int items) {
        if (slotOf.length < items) {
            slotOf = Arrays.copyOf(slotOf, items * 2);
            stamp = Arrays.copyOf(stamp, items * 2);
        }
        now++;
        count = 0;
        candidates = 0;
    }

    /** Slot of the item at a place, added if it is new here. */
    int add(int place) {
        if (stamp[place] == now) {
            return slotOf[place];
        }
        if (count == places.length) {
            places = Arrays.copyOf(places, 2 * count);
        }
        stamp[place] = now;
        slotOf[place] = count;
        places[count] = place;
        return count++;
    }

    /** Slot of the item at a place; negative if the step does not read it. */
    int slotOf(int place) {
        return place >= 0 && stamp[place] == now ? slotOf[place] : -1;
    }

    /** Slot of an item if it is a candidate; else negative. */
    int candidateSlot(int place) {
        int slot = slotOf(place);
        return slot < candidates ? slot : -1;
    }

    /** All rows so far are the candidates. */
    void endCandidates() {
        candidates = count;
        if (training.length < count) {
            training = new float[count * 2];
            ranking = new float[count * 2];
        }
    }

    /** Fetches the rows and normalises the candidates. */
    void fetch(Kernels kernels, Floats table) {
        if (devicePlaces.length() < count) {
            allocate(Math.max(count, 2 * devicePlaces.length()));
        }
        devicePlaces.upload(places, 0, 0, count);
        kernels.gather(new Kernels.GatherShape(count, width, 1f, false), table, devicePlaces, rows);
        kernels.l2Normalize(candidates, width, rows, normalized, inverseNorms);
        trainingBias.upload(training, 0, 0, candidates);
        rankingBias.upload(ranking, 0, 0, candidates);
    }
}
