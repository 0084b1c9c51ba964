import { type Answer, json, refused } from "../answer.js";
import { commitOf, type Exchange, mayWrite, objectOf, repositoryOf, writableOf } from "../exchange.js";

export function whoAmI({ user }: Exchange): Answer {
  if (user === undefined) return refused(401, "Invalid username or password.");
  const orgs = user.organisations.map((name) => ({ type: "org", id: name, name, fullname: name }));
  const auth = {
    type: "access_token",
    accessToken: { displayName: "test", role: user.role, createdAt: "2026-01-01" },
  };
  return json({ type: "user", id: user.name, name: user.name, fullname: user.name, orgs, auth });
}

export function createRepository({ hub, user, body }: Exchange): Answer {
  const { name, organization, private: asked, visibility } = objectOf(body);
  const id = `${organization ?? user?.name}/${name}`;
  if (user === undefined) return refused(401, "Invalid username or password.");
  if (user.role !== "write" || !mayWrite(user, id))
    return refused(403, `You don't have the rights to create a model under the namespace "${organization}"`);
  const url = `${hub.origin}${hub.prefix}/${id}`;
  if (hub.repositories.has(id)) return json({ error: "You already created this model repo", url }, 409);
  hub.add(id, { private: asked === true || visibility === "private" });
  return json({ url, id, name: id });
}

export function deleteRepository(exchange: Exchange): Answer {
  const { name, organization } = objectOf(exchange.body);
  const params = { repo: `${organization ?? exchange.user?.name}/${name}` };
  exchange.hub.repositories.delete(writableOf({ ...exchange, params }).id);
  return json({});
}

export function createBranch(exchange: Exchange): Answer {
  const repository = writableOf(exchange);
  const { startingPoint, overwrite } = objectOf(exchange.body);
  const { branch = "" } = exchange.params;
  if (repository.find(branch) !== undefined && overwrite !== true)
    return refused(409, `Reference already exists: ${branch}`);
  const start = commitOf(repository, typeof startingPoint === "string" ? startingPoint : "main");
  repository.refs.set(`refs/heads/${branch}`, start.oid);
  return json({});
}

export function repositoryInfo(exchange: Exchange): Answer {
  const repository = repositoryOf(exchange);
  const { revision = "main" } = exchange.params;
  const commit = commitOf(repository, revision === "HEAD" ? "main" : revision);
  const siblings = [...commit.files.keys()].map((rfilename) => ({ rfilename }));
  const { id } = repository;
  const facts = { likes: 0, downloads: 0, lastModified: "2026-01-01T00:00:00.000Z", tags: [] };
  const gated = repository.gatedFor === undefined ? false : "manual";
  return json({
    _id: id,
    id,
    modelId: id,
    sha: commit.oid,
    private: repository.private,
    gated,
    siblings,
    ...facts,
  });
}
