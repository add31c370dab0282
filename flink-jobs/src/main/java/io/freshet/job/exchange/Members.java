package io.freshet.job.exchange;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/**
 * The learners that work together until one of them is gone.
 *
 * @param group name of this gathering; connections of another are refused
 * @param addresses where each listens, by subtask
 */
public record Members(String group, List<InetSocketAddress> addresses) {
    /** Number of learners. */
    public int size() {
        return addresses.size();
    }

    /** As text: the group, then host and port of every learner, separated by blanks. */
    String toText() {
        StringBuilder text = new StringBuilder(group);
        addresses.forEach(address ->
                text.append(' ').append(address.getHostString()).append(' ').append(address.getPort()));
        return text.toString();
    }

    /** Reads what {@link #toText} wrote, and looks the hosts up. */
    static Members fromText(String text) throws UnknownHostException {
        String[] parts = text.split(" ");
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (int i = 1; i + 1 < parts.length; i += 2) {
            addresses.add(new InetSocketAddress(InetAddress.getByName(parts[i]), Integer.parseInt(parts[i + 1])));
        }
        return new Members(parts[0], addresses);
    }
}
