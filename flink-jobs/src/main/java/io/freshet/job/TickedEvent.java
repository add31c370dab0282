package io.freshet.job;

import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EntityIds;
import io.freshet.train.LogEvent;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * A record with its tick: an event, or one that only says how far the log was read (a heartbeat, or what was rejected).
 * A Flink POJO, so its fields are public and not final.
 */
public final class TickedEvent {
    /** Tick that the event belongs to. */
    public long tick;
    /** Partition of the log. */
    public int partition;
    /** Offset in the partition. */
    public long offset;
    /** Whether it is an event; if not, only tick, partition and offset mean something. */
    public boolean event;
    /** Hashed subject id. */
    public long user;
    /** Subject id. */
    public String subject = "";
    /** Item id. */
    public String itemName = "";
    /** Code of the action. */
    public byte action;
    /** The event's own time, ms. */
    public long eventTimeMillis;
    /** Value; 0 if none. */
    public float value;
    /** Hashed event id. */
    public long eventId;

    /** A record that is no event. */
    static TickedEvent passed(long tick, RawRecord record) {
        TickedEvent ticked = new TickedEvent();
        ticked.tick = tick;
        ticked.partition = record.partition;
        ticked.offset = record.offset;
        return ticked;
    }

    static TickedEvent of(long tick, RawRecord record, BehaviourEvent event) {
        TickedEvent ticked = new TickedEvent();
        ticked.event = true;
        ticked.tick = tick;
        ticked.partition = record.partition;
        ticked.offset = record.offset;
        ticked.subject = event.subject();
        ticked.user = EntityIds.hash(ticked.subject);
        ticked.itemName = event.itemId();
        ticked.action = event.action().code();
        ticked.eventTimeMillis = event.eventTimeMillis();
        ticked.value = event.historyValue();
        ticked.eventId = EntityIds.hash(event.eventId());
        return ticked;
    }

    /** The event as the learner takes it; of one that {@link #event} says is none, meaningless. */
    public LogEvent toLogEvent() {
        return new LogEvent(
                partition,
                offset,
                user,
                subject,
                EntityIds.hash(itemName),
                itemName,
                action,
                eventTimeMillis,
                value,
                eventId);
    }

    /** Writes it, for a checkpoint. */
    public void write(DataOutputStream out) throws IOException {
        out.writeLong(tick);
        out.writeInt(partition);
        out.writeLong(offset);
        out.writeBoolean(event);
        out.writeLong(user);
        out.writeUTF(subject);
        out.writeUTF(itemName);
        out.writeByte(action);
        out.writeLong(eventTimeMillis);
        out.writeFloat(value);
        out.writeLong(eventId);
    }

    /** Reads what {@link #write} wrote. */
    public static TickedEvent read(DataInputStream in) throws IOException {
        TickedEvent ticked = new TickedEvent();
        ticked.tick = in.readLong();
        ticked.partition = in.readInt();
        ticked.offset = in.readLong();
        ticked.event = in.readBoolean();
        ticked.user = in.readLong();
        ticked.subject = in.readUTF();
        ticked.itemName = in.readUTF();
        ticked.action = in.readByte();
        ticked.eventTimeMillis = in.readLong();
        ticked.value = in.readFloat();
        ticked.eventId = in.readLong();
        return ticked;
    }
}
