import { createContext, useContext } from "react";

/** True where a screen reader speaks the screen. */
export const Spoken = createContext(false);

/** A sign for eyes, and the words that say the same where the screen is spoken; with none, the sign is left out. */
export function useSigns(): (sign: string, words?: string) => string {
  const spoken = useContext(Spoken);
  return (sign, words = "") => (spoken ? words : sign);
}
