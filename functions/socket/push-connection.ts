/** Open connections of clients, by the ids that whatever keeps them open gave them. */
export interface PushConnection {
  /**
   * Sends a text, at most 128 KB; false where the connection is gone. Throws where that can't be told.
   */
  post(connection: string, text: string): Promise<boolean>;
  /** Closes a connection; one that is gone already is fine. */
  close(connection: string): Promise<void>;
}
