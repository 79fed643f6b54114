// What the servers and clients of this example speak.
exception NotFound { 1: string name }

struct User {
  1: string name,
  2: string mail
}

service Users {
  User find(1: string name) throws (1: NotFound missing),
  void save(1: User user, 2: string password),
  oneway void touch(1: string name)
}
