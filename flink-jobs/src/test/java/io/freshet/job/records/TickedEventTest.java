package io.freshet.job.records;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EntityIds;
import io.freshet.schema.SubjectId;
import io.freshet.train.tick.LogEvent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TickedEventTest {
    private static TickedEvent ticked(@Nullable String user, String session, EntityIds ids) {
        BehaviourEvent event =
                new BehaviourEvent("e", Action.CLICK, 5, user, session, "1001", null, null, 2.5, null, Map.of());
        RawRecord record = new RawRecord();
        record.partition = 3;
        record.offset = 7;
        return TickedEvent.of(11, record, event, ids);
    }

    @Test
    void aSessionIsNotTheUserOfItsName() {
        LogEvent user = ticked("1001", "s", EntityIds.standard()).toLogEvent();
        LogEvent session = ticked(null, "1001", EntityIds.standard()).toLogEvent();
        assertThat(session.user()).isNotEqualTo(user.user());
        assertThat(session.subject()).isNotEqualTo(user.subject());
        assertThat(user.subject()).isEqualTo("1001");
        assertThat(SubjectId.of(session.subject())).hasToString("session 1001");
    }

    @Test
    void idsAreHashedUnderTheGivenKey() {
        LogEvent one = ticked("u", "s", EntityIds.keyed("00".repeat(16))).toLogEvent();
        LogEvent other = ticked("u", "s", EntityIds.keyed("01".repeat(16))).toLogEvent();
        assertThat(one.user()).isNotEqualTo(other.user());
        assertThat(one.item()).isNotEqualTo(other.item());
        assertThat(one.eventId()).isNotEqualTo(other.eventId());
    }

    @Test
    void whatIsWrittenForACheckpointComesBack() throws IOException {
        TickedEvent event = ticked("u", "s", EntityIds.standard());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        event.write(new DataOutputStream(bytes));
        TickedEvent read = TickedEvent.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
        assertThat(read).usingRecursiveComparison().isEqualTo(event);
        assertThat(read.toLogEvent()).isEqualTo(event.toLogEvent());
    }
}
