package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.Device;
import io.freshet.kernel.Ints;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.store.Interaction;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rows that a history becomes. */
class SequenceBatchTest {
    private static final byte CLICK = 1;
    private static final byte RATE = 5;
    private static final byte HIDE = 8;

    private static int[] host(Ints values) {
        int[] host = new int[4];
        values.download(0, host, 0, host.length);
        return host;
    }

    @Test
    void aHideIsReadWithoutItsItem() {
        SequenceBatch batch = new SequenceBatch(ModelConfig.small(), 1);
        List<Interaction> history = List.of(
                new Interaction(5, CLICK, 0, 0, 0),
                new Interaction(6, HIDE, 1, 0, 1),
                new Interaction(7, RATE, 2, 1, 2));
        batch.clear();
        batch.add(history, 3, row -> row == 3, token -> (int) token.item());
        try (Device device = CpuDevices.scalar().open()) {
            Ints rows = device.ints(4);
            batch.uploadItemRows(rows);
            assertThat(host(rows)).containsExactly(-1, 5, -1, 7);
            batch.uploadTokenRows(rows);
            assertThat(host(rows)).containsExactly(TokenTable.BEGIN, CLICK, HIDE, ActionRules.LOW_RATING);
            batch.uploadSupervised(rows);
            assertThat(host(rows)[0]).isEqualTo(3);
        }
    }

    /** 1970 began on a Thursday at 0:00 UTC, the hour of the week that is counted first. */
    @Test
    void aRowHasTheHourOfTheInteractionBehindIt() {
        SequenceBatch batch = new SequenceBatch(ModelConfig.small(), 1);
        long hour = 3_600_000;
        batch.add(
                List.of(
                        new Interaction(5, CLICK, 5 * hour - 1, 0, 0),
                        new Interaction(6, CLICK, 5 * hour, 0, 1),
                        new Interaction(7, CLICK, 169 * hour, 0, 2)),
                -1,
                row -> true,
                token -> (int) token.item());
        try (Device device = CpuDevices.scalar().open()) {
            Ints rows = device.ints(4);
            batch.uploadHourRows(rows);
            int first = TokenTable.ACTIONS;
            assertThat(host(rows)).containsExactly(first + 4, first + 5, first + 1, first + 167);
        }
    }
}
