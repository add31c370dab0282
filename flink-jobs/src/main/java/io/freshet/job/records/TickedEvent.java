package io.freshet.job.records;

import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EntityIds;
import io.freshet.schema.SubjectId;
import io.freshet.train.tick.LogEvent;
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
    /** Hashed subject. */
    public long user;
    /** Subject, as {@link SubjectId#stored} has it. */
    public String subject = "";
    /** Hashed item id. */
    public long item;
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
    public static TickedEvent withoutEvent(long tick, RawRecord record) {
        TickedEvent ticked = new TickedEvent();
        ticked.tick = tick;
        ticked.partition = record.partition;
        ticked.offset = record.offset;
        return ticked;
    }

    /**
     * Something about the log that the state has to record; its text stands where a subject would.
     *
     * @param offset highest offset of the partition that it speaks of
     * @param user a subject of the first lane, whose learner records it
     */
    public static TickedEvent note(long tick, int partition, long offset, long user, String text) {
        TickedEvent ticked = new TickedEvent();
        ticked.user = user;
        ticked.tick = tick;
        ticked.partition = partition;
        ticked.offset = offset;
        ticked.subject = text;
        return ticked;
    }

    /** Whether it is a note. */
    public boolean isNote() {
        return !event && !subject.isEmpty();
    }

    /** An accepted event. */
    public static TickedEvent of(long tick, RawRecord record, BehaviourEvent event, EntityIds ids) {
        TickedEvent ticked = new TickedEvent();
        ticked.event = true;
        ticked.tick = tick;
        ticked.partition = record.partition;
        ticked.offset = record.offset;
        ticked.subject = event.subject();
        ticked.user = ids.subject(ticked.subject);
        ticked.item = ids.item(event.itemId());
        ticked.itemName = event.itemId();
        ticked.action = event.action().code();
        ticked.eventTimeMillis = event.eventTimeMillis();
        ticked.value = event.historyValue();
        ticked.eventId = ids.event(event.eventId());
        return ticked;
    }

    /** The event as the learner takes it; of one that {@link #event} says is none, meaningless. */
    public LogEvent toLogEvent() {
        return new LogEvent(partition, offset, user, subject, item, itemName, action, eventTimeMillis, value, eventId);
    }

    /** Writes it, for a checkpoint. */
    public void write(DataOutputStream out) throws IOException {
        out.writeLong(tick);
        out.writeInt(partition);
        out.writeLong(offset);
        out.writeBoolean(event);
        out.writeLong(user);
        out.writeUTF(subject);
        out.writeLong(item);
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
        ticked.item = in.readLong();
        ticked.itemName = in.readUTF();
        ticked.action = in.readByte();
        ticked.eventTimeMillis = in.readLong();
        ticked.value = in.readFloat();
        ticked.eventId = in.readLong();
        return ticked;
    }
}
