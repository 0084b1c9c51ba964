/** What a colour may add to a word; never told by colour alone. */
export type Mood = "good" | "warn" | "bad" | "plain";
